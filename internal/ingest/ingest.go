// Package ingest is the way into Liftmark: source → record. Each subpackage
// adapts one kind of source; they decode, validate, deduplicate and quarantine,
// and leave facts in the warehouse. What the facts mean is described in
// package record alone.
package ingest
