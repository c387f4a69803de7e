-- A notice that its client answered with 400 is sent once more: `refused` is 1 after the first time.
ALTER TABLE logout_notice ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;
