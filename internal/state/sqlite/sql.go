package sqlite

import _ "embed" // the queries that are too long for their callers

//go:embed changes.sql
var changesSQL string
