// Package lrs turns xAPI statements into facts. A [Projector] follows the record
// store's changes behind a durable place and hands what they mean to the
// warehouse, the place in the same transaction: each statement counts once,
// whenever the process ends. What was voided or deleted counts no more.
//
// What a statement means follows from its verb (verbs.yaml), the type of its
// activity (types.yaml) and the extensions of cmi5 and the video profile; see
// docs/guide/statements.md. Verbs that no profile knows are counted and can be
// mapped later, for the statements that are stored already too.
//
// The facts follow from the stored statements alone, so that a rebuild gives
// the same. The package checks no statement: what is stored was checked before.
// It knows no HTTP and no engine.
package lrs
