-- PostgreSQL appends rows as it is.
SELECT 1;
