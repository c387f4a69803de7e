-- What one manager alone must not be able to undo.

-- Since when somebody had a password of their own, whatever became of it: merging, letters and retention take the
-- password, what it replaced and the letter away, and not this.
ALTER TABLE account ADD COLUMN in_use_since BIGINT;
UPDATE account SET in_use_since = (SELECT set_at FROM password WHERE password.account_id = account.id)
    WHERE id IN (SELECT account_id FROM password WHERE temporary = 0);
UPDATE account SET in_use_since =
        (SELECT MIN(replaced_at) FROM former_password WHERE former_password.account_id = account.id)
    WHERE in_use_since IS NULL AND id IN (SELECT account_id FROM former_password);
UPDATE account SET in_use_since = (SELECT MIN(used_at) FROM letter WHERE letter.account_id = account.id)
    WHERE in_use_since IS NULL AND id IN (SELECT account_id FROM letter WHERE used_at IS NOT NULL);
-- What a record that was taken in had, nothing says any more.
UPDATE account SET in_use_since = merged_at WHERE in_use_since IS NULL AND merged_into IS NOT NULL;

-- The record that a merge would keep, where it is a merge that waits for a second manager.
ALTER TABLE opening_wish ADD COLUMN other TEXT;

-- What became of a row of a list, beside its outcome: the address that it gives is proposed to the person; a letter with a
-- password is due, which a list does not give.
ALTER TABLE people_list_row ADD COLUMN address_proposed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE people_list_row ADD COLUMN letter_by_hand BIGINT NOT NULL DEFAULT 0;
