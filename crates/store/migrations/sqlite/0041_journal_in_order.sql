-- Lines are appended behind the last one of any run, and found by an index: a commit then fills the last
-- pages of the table, instead of touching one page for each run under way.
CREATE TABLE journal_in_order (
    run_seq BIGINT NOT NULL,
    n       BIGINT NOT NULL,
    step    TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    event   TEXT NOT NULL,
    PRIMARY KEY (run_seq, n)
);
INSERT INTO journal_in_order (run_seq, n, step, attempt, at, event)
SELECT run_seq, n, step, attempt, at, event
FROM journal
ORDER BY run_seq, n;
DROP TABLE journal;
ALTER TABLE journal_in_order RENAME TO journal;
