-- What the desk knows of a person that opens nothing: an address that it proposes, and that two records are one person's.

-- A mail address that a desk proposes: of no use before the person, signed in, has given it as theirs.
ALTER TABLE account ADD COLUMN proposed_email TEXT;
-- The record that took this one in: its identifier leads there. Never one that was itself taken in.
ALTER TABLE account ADD COLUMN merged_into TEXT REFERENCES account (id);
ALTER TABLE account ADD COLUMN merged_at BIGINT;
CREATE INDEX account_by_merge ON account (merged_into) WHERE merged_into IS NOT NULL;
