package duckdb

import (
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
	if len(t.delta.Unlinked) > 0 {
		if _, err := t.tx.ExecContext(ctx, "DELETE FROM identity_link WHERE source = ? AND withdrawn_at IS NULL AND id IN (SELECT unnest(?::VARCHAR[]))", t.delta.Source, t.delta.Unlinked); err != nil {
			return err
		}
		t.due[partIdentity] = true
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
	t.due[partIdentity] = true
	return nil
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
	err := db.Alone(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, "UPDATE identity_link SET withdrawn_at = ? WHERE id = ? AND withdrawn_at IS NULL", timestamp(db.now()), id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return orElse(err, fault.New(fault.NotFound, "there is no link %q in force; the list of links has their ids", id))
		}
		return db.markDue(ctx, tx, map[part]bool{partIdentity: true})
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

// followLinks finds who is one person by links and fills the tables merged and
// alias. It reads the table claim.
//
// A value stands for the person that alone claims it. Among the people that
// links join the one with the smallest key stands for all; values that no
// person claims stand behind the smallest of them.
func followLinks(ctx context.Context, tx warehouse.Execer) error {
	links, err := pairs(ctx, tx, "SELECT value, other FROM identity_link WHERE withdrawn_at IS NULL")
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

func pairs(ctx context.Context, from queryer, query string) (list [][2]string, err error) {
	rows, err := from.QueryContext(ctx, query)
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

// outcome gives which people stand behind others, and behind whom the values
// stand that nobody claims.
func (f *forest) outcome() (merged, alias [][2]string) {
	people, values := map[node]string{}, map[node]string{}
	for n := range f.parent {
		smallest := values
		if n.person {
			smallest = people
		}
		root := f.find(n)
		if s, ok := smallest[root]; !ok || n.text < s {
			smallest[root] = n.text
		}
	}
	for n := range f.parent {
		canonical, known := people[f.find(n)]
		switch {
		case n.person && n.text != canonical:
			merged = append(merged, [2]string{n.text, canonical})
		case n.person || len(f.claims[n.text]) > 0:
		case known:
			alias = append(alias, [2]string{n.text, canonical})
		default:
			alias = append(alias, [2]string{n.text, values[f.find(n)]})
		}
	}
	return merged, alias
}
