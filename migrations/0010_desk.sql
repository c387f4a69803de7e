-- The managers' desk: who looks after an authority's people, and what they do under which authority.

-- Under which authority it happened: that of whoever did it, otherwise that of the account.
ALTER TABLE audit_event ADD COLUMN authority TEXT;
-- Who did it, where the actor's kind alone does not say: a manager's account, an application.
ALTER TABLE audit_event ADD COLUMN actor_id TEXT;
-- Why, in the words of whoever did it.
ALTER TABLE audit_event ADD COLUMN reason TEXT;
UPDATE audit_event SET authority = (SELECT account.authority FROM account WHERE account.id = audit_event.account_id);

-- People of an upstream provider who look after an authority's people; others are by what their provider says of them.
CREATE TABLE manager (
    authority  TEXT   NOT NULL,
    account_id TEXT   NOT NULL REFERENCES account (id),
    rank       TEXT   NOT NULL,
    named_at   BIGINT NOT NULL,
    -- The account of whoever named them; none for operators.
    named_by   TEXT,
    PRIMARY KEY (authority, account_id)
);
CREATE INDEX manager_by_account ON manager (account_id);
