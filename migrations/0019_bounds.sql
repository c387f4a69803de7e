-- What one person, and one client, can leave here is bounded.

-- Codes that nobody redeems go soon after they are dead.
CREATE INDEX oauth_grant_by_dead_code ON oauth_grant (code_expires_at) WHERE redeemed_at IS NULL;
-- Nearly no grant is ever revoked: those that are not must not all be told of here.
DROP INDEX oauth_grant_by_revocation;
CREATE INDEX oauth_grant_by_revocation ON oauth_grant (revoked_at) WHERE revoked_at IS NOT NULL;

-- What began and never ended makes room for what begins, the oldest first.
CREATE INDEX pushed_request_by_beginning ON pushed_request (client_id, begun_at) WHERE begun_at IS NOT NULL;
