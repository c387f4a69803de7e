-- What an authority has is found by indexes that begin with the authority: nothing of another one's is read on the way
-- (src/database/own.rs).

DROP INDEX account_by_authority;
CREATE INDEX account_by_authority ON account (authority, id, upstream, deleted_at);
CREATE INDEX account_by_identifier ON account (authority, lookup_key);
CREATE INDEX letter_by_authority ON letter (authority, number);
CREATE INDEX recovery_case_by_number ON recovery_case (authority, number);
CREATE INDEX letter_batch_by_id ON letter_batch (authority, id);
CREATE INDEX people_list_by_id ON people_list (authority, id);
CREATE INDEX opening_wish_by_id ON opening_wish (authority, id);
