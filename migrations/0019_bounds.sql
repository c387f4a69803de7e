-- What one person, and one client, can leave here is bounded.

-- Codes that nobody redeems go soon after they are dead.
CREATE INDEX oauth_grant_by_dead_code ON oauth_grant (code_expires_at) WHERE redeemed_at IS NULL;
-- Nearly no grant is ever revoked: those that are not must not all be told of here.
DROP INDEX oauth_grant_by_revocation;
CREATE INDEX oauth_grant_by_revocation ON oauth_grant (revoked_at) WHERE revoked_at IS NOT NULL;
