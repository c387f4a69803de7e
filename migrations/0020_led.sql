-- What an authority has is found by indexes that begin with the authority: nothing of another one's is read on the way
-- (src/database/own.rs). What nodes read stands in their way last, and shortest.

CREATE INDEX letter_by_authority ON letter (authority, number);
CREATE INDEX letter_batch_by_id ON letter_batch (authority, id);
CREATE INDEX people_list_by_id ON people_list (authority, id);
CREATE INDEX opening_wish_by_id ON opening_wish (authority, id);

-- Requests of people whom an authority took over since are that one's.
UPDATE recovery_case SET authority = (SELECT authority FROM account WHERE account.id = recovery_case.account_id)
    WHERE account_id IS NOT NULL AND authority IS NULL;
CREATE INDEX recovery_case_by_number ON recovery_case (authority, number);

-- Of deleted people too, in the place of account_by_authority; and of identifiers, which deleted people have no more.
CREATE INDEX account_by_id ON account (authority, id, upstream, deleted_at);
CREATE INDEX account_by_identifier ON account (authority, lookup_key) WHERE lookup_key IS NOT NULL;
DROP INDEX account_by_authority;
