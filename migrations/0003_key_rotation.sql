-- The life of signing keys: published, signing, retired, kept for hints, gone.

ALTER TABLE signing_key RENAME TO signing_key_before;
CREATE TABLE signing_key (
    kid                TEXT    NOT NULL PRIMARY KEY,
    algorithm          TEXT    NOT NULL,
    -- Of one algorithm, each key signs until the next generation does.
    generation         BIGINT  NOT NULL,
    -- The private half, until the key is only kept for hints; then the public half alone. Both are sealed.
    sealed_private_key TEXT,
    sealed_public_key  TEXT,
    created_at         BIGINT  NOT NULL,
    signs_from         BIGINT  NOT NULL,
    -- When it was found to be in wrong hands: it counts no more, and neither half is kept.
    withdrawn_at       BIGINT,
    UNIQUE (algorithm, generation)
);
INSERT INTO signing_key (kid, algorithm, generation, sealed_private_key, created_at, signs_from)
    SELECT kid, algorithm, generation, sealed_private_key, created_at, created_at FROM signing_key_before;
DROP TABLE signing_key_before;
