-- What applications ask for before anybody has signed in.

-- The names of the claims that were asked for one by one and may be told, as JSON.
ALTER TABLE oauth_grant ADD COLUMN claims TEXT;
