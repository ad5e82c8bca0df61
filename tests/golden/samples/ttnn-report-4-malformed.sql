-- A database, and no report.
CREATE TABLE recipes (name text);
