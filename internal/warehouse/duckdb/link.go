package duckdb

import (
	"cmp"
	"context"
	"crypto/sha1" //nolint:gosec // the digest that statements name people by, not a secret
	"database/sql"
	_ "embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// link stores the links that are new and removes those that go.
func (t *taking) link(ctx context.Context) error {
	if err := t.unlink(ctx); err != nil {
		return err
	}
	if len(t.delta.Links) == 0 {
		return nil
	}
	columns := make([][]string, 4)
	var times []int64
	said := map[string]bool{}
	for _, l := range t.delta.Links {
		if l.ID == "" || l.Value == "" || l.Other == "" {
			return fault.New(fault.Invalid, "a link of %s lacks its id or a value", t.delta.Source)
		}
		if said[l.ID] {
			continue
		}
		said[l.ID] = true
		for i, text := range []string{l.ID, l.Value, l.Other, l.Why} {
			columns[i] = append(columns[i], text)
		}
		times = append(times, micros(l.At))
	}
	result, err := t.tx.ExecContext(ctx, linkInsertSQL, t.delta.Source, columns[0], columns[1], columns[2], times, columns[3], noTime)
	if err != nil {
		return fmt.Errorf("link: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	t.touch(partIdentity, columns[1]...)
	t.touch(partIdentity, columns[2]...)
	return nil
}

// unlink removes the links of this source that go without a trace.
func (t *taking) unlink(ctx context.Context) error {
	if len(t.delta.Unlinked) == 0 {
		return nil
	}
	const these = "WHERE source = ? AND withdrawn_at IS NULL AND id IN (SELECT unnest(?::VARCHAR[]))"
	gone, err := t.texts(ctx, "SELECT unnest([value, other]) FROM identity_link "+these, t.delta.Source, t.delta.Unlinked)
	if err != nil || len(gone) == 0 {
		return err
	}
	t.touch(partIdentity, gone...)
	_, err = t.tx.ExecContext(ctx, "DELETE FROM identity_link "+these, t.delta.Source, t.delta.Unlinked)
	return err
}

//go:embed sql/link_insert.sql
var linkInsertSQL string

// Links lists the links in force, the earliest first.
func (db *DB) Links(ctx context.Context) ([]warehouse.Link, error) {
	rows, err := db.sql.QueryContext(ctx, "SELECT id, value, other, linked_at, why FROM identity_link WHERE withdrawn_at IS NULL ORDER BY linked_at NULLS FIRST, id")
	if err != nil {
		return nil, describe(err)
	}
	defer func() { _ = rows.Close() }()
	list := []warehouse.Link{}
	for rows.Next() {
		var l warehouse.Link
		var at sql.NullTime
		if err := rows.Scan(&l.ID, &l.Value, &l.Other, &at, &l.Why); err != nil {
			return nil, err
		}
		if at.Valid {
			l.At = at.Time.UTC()
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

// Unlink withdraws a link, for the past too. Saying it again does not bring it
// back.
func (db *DB) Unlink(ctx context.Context, id string) error {
	err := db.alone(ctx, func(tx *sql.Tx, _ *sql.Conn) error {
		ends, err := pairs(ctx, tx, "UPDATE identity_link SET withdrawn_at = ? WHERE id = ? AND withdrawn_at IS NULL RETURNING value, other", timestamp(db.now()), id)
		if err != nil || len(ends) == 0 {
			return orElse(err, fault.New(fault.NotFound, "there is no link %q in force; the list of links has their ids", id))
		}
		touched := map[touch]bool{}
		for _, end := range ends {
			touched[touch{partIdentity, end[0]}], touched[touch{partIdentity, end[1]}] = true, true
		}
		return db.markTouched(ctx, tx, touched)
	})
	if err != nil {
		return describe(err)
	}
	return db.Settle(ctx)
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

//go:embed sql/link_claim.sql
var linkClaimSQL string

// followLinks finds who is one person by links, those that of leaves, and fills
// the tables merged and alias. It reads the table claim.
//
// A value stands for the person that alone claims it. Among the names that
// links join the best one stands for all; see standing.
func followLinks(ctx context.Context, tx warehouse.Execer, of string) error {
	links, err := pairs(ctx, tx, "SELECT value, other FROM identity_link WHERE withdrawn_at IS NULL "+of)
	if err != nil || len(links) == 0 {
		return err
	}
	claims, err := pairs(ctx, tx, linkClaimSQL)
	if err != nil {
		return err
	}
	f := newForest(links, claims)
	merged, alias := f.outcome()
	if err := fill(ctx, tx, "merged", merged); err != nil {
		return err
	}
	return fill(ctx, tx, "alias", alias)
}

func pairs(ctx context.Context, from queryer, query string, args ...any) (list [][2]string, err error) {
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var p [2]string
		if err := rows.Scan(&p[0], &p[1]); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// fill inserts pairs into a table of two texts.
func fill(ctx context.Context, tx warehouse.Execer, table string, list [][2]string) error {
	for chunk := range slices.Chunk(list, 10_000) {
		left, right := make([]string, len(chunk)), make([]string, len(chunk))
		for i, p := range chunk {
			left[i], right[i] = p[0], p[1]
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO "+table+" SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[])", left, right); err != nil {
			return fmt.Errorf("fill %s: %w", table, err)
		}
	}
	return nil
}

// node is a value or a person: the same text can be both.
type node struct {
	text   string
	person bool
}

// forest joins nodes that are one person.
type forest struct {
	parent map[node]node
	claims map[string][]string // who claims a value
}

func newForest(links, claims [][2]string) *forest {
	f := &forest{parent: map[node]node{}, claims: map[string][]string{}}
	for _, c := range claims {
		f.claims[c[0]] = append(f.claims[c[0]], c[1])
	}
	for _, l := range links {
		f.join(node{text: l[0]}, node{text: l[1]})
		for _, value := range l {
			if digest := digestOf(value); digest != "" {
				f.join(node{text: value}, node{text: digest})
			}
		}
	}
	for value, people := range f.claims {
		if len(people) == 1 {
			f.join(node{text: value}, node{people[0], true})
		}
	}
	f.settleDisputes()
	return f
}

// digestOf gives the value by which statements may know an e-mail address.
func digestOf(value string) string {
	if !strings.Contains(value, "@") || strings.Contains(value, "|") || strings.Contains(value, "://") {
		return ""
	}
	sum := sha1.Sum([]byte("mailto:" + value)) //nolint:gosec // as above
	return "sha1:" + hex.EncodeToString(sum[:])
}

// settleDisputes joins a value that several people claim to them as soon as
// they turn out to be one.
func (f *forest) settleDisputes() {
	for again := true; again; {
		again = false
		for value, people := range f.claims {
			if len(people) > 1 && f.one(people) && f.find(node{text: value}) != f.find(node{people[0], true}) {
				f.join(node{text: value}, node{people[0], true})
				again = true
			}
		}
	}
}

func (f *forest) one(people []string) bool {
	for _, p := range people[1:] {
		if f.find(node{p, true}) != f.find(node{people[0], true}) {
			return false
		}
	}
	return true
}

func (f *forest) find(n node) node {
	root := n
	for {
		up, ok := f.parent[root]
		if !ok || up == root {
			break
		}
		root = up
	}
	for n != root {
		n, f.parent[n] = f.parent[n], root
	}
	return root
}

func (f *forest) join(a, b node) {
	for _, n := range []node{a, b} {
		if _, ok := f.parent[n]; !ok {
			f.parent[n] = n
		}
	}
	f.parent[f.find(a)] = f.find(b)
}

// outcome gives who stands behind people other than themselves, and behind the
// values that nobody claims.
func (f *forest) outcome() (merged, alias [][2]string) {
	best := map[node]node{}
	for n := range f.parent {
		if !n.person && len(f.claims[n.text]) > 0 { // its people stand for it, or nobody does
			continue
		}
		root := f.find(n)
		if b, ok := best[root]; !ok || n.before(b) {
			best[root] = n
		}
	}
	for n := range f.parent {
		canonical := best[f.find(n)].text
		switch {
		case n.person && n.text != canonical:
			merged = append(merged, [2]string{n.text, canonical})
		case !n.person && len(f.claims[n.text]) == 0:
			alias = append(alias, [2]string{n.text, canonical})
		}
	}
	return merged, alias
}

// before says whether a name is the better one to stand for a person.
func (n node) before(other node) bool {
	return cmp.Or(cmp.Compare(n.standing(), other.standing()), cmp.Compare(n.text, other.text)) < 0
}

// standing sorts names by how well they stand for a person: keys of known
// people, user ids, addresses, other names; anonymous ids come last, for they
// are a browser's rather than a person's.
func (n node) standing() int {
	anonymous := strings.HasPrefix(n.text, "anon:")
	switch {
	case n.person && !anonymous:
		return 0
	case n.person:
		return 4
	case anonymous:
		return 5
	case strings.HasPrefix(n.text, "sha1:") || strings.Contains(n.text, "://"):
		return 3
	case strings.Contains(n.text, "@"):
		return 2
	}
	return 1
}
