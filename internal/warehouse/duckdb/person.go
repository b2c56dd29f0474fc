package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// keptSource names the batch of facts that outlive what they came from.
const keptSource = "kept"

// PersonKeys gives every key that stands for the same person as one of keys,
// as identity and links join them, those given too. A value that two people
// claim stands for neither.
func (db *DB) PersonKeys(ctx context.Context, keys []string) ([]string, error) {
	if err := db.Settle(ctx); err != nil {
		return nil, err
	}
	found, err := texts(ctx, db.sql, `
		WITH ids AS (
			SELECT person_id FROM identity WHERE value IN (SELECT unnest(?::VARCHAR[]))
			UNION SELECT person_id FROM person_version WHERE person_id IN (SELECT unnest(?::VARCHAR[])))
		SELECT person_id FROM ids UNION SELECT value FROM identity WHERE person_id IN (SELECT person_id FROM ids)`, keys, keys)
	if err != nil {
		return nil, describe(fmt.Errorf("keys of a person: %w", err))
	}
	found = append(found, keys...)
	slices.Sort(found)
	return slices.Compact(found), nil
}

// ownRows is the condition under which a fact's row is about one of the keys,
// "" when the fact is about no person; n is how often the keys are bound.
func ownRows(fact *record.Fact) (where string, n int) {
	var terms []string
	for _, f := range fact.Fields {
		if f.Ref == "person" || fact.Name == "person" && (f.Name == "person_id" || f.Type == record.Email) {
			terms = append(terms, warehouse.Quote(f.Name)+" IN (SELECT unnest(?::VARCHAR[]))")
		}
	}
	return strings.Join(terms, " OR "), len(terms)
}

func repeated(value any, n int) []any { return slices.Repeat([]any{value}, n) }

// ExportPerson calls each with every row that is about one of keys, fact by
// fact, replaced versions too, and with the links between them as "link".
func (db *DB) ExportPerson(ctx context.Context, keys []string, each func(fact string, row map[string]any) error) error {
	for i := range record.Facts {
		fact := &record.Facts[i]
		where, n := ownRows(fact)
		if n == 0 {
			continue
		}
		query := "SELECT * EXCLUDE (batch, \"row\") FROM " + warehouse.Quote(fact.Table()) + " WHERE " + where +
			" ORDER BY " + warehouse.Quote(fact.At) + ", batch, \"row\""
		if err := db.eachRow(ctx, query, repeated(keys, n), func(row map[string]any) error { return each(fact.Name, row) }); err != nil {
			return describe(fmt.Errorf("export %s: %w", fact.Name, err))
		}
	}
	query := "SELECT * FROM identity_link WHERE value IN (SELECT unnest(?::VARCHAR[])) OR other IN (SELECT unnest(?::VARCHAR[])) ORDER BY id"
	err := db.eachRow(ctx, query, repeated(keys, 2), func(row map[string]any) error { return each("link", row) })
	return describe(err)
}

// eachRow calls each with the rows of a query, without what is null.
func (db *DB) eachRow(ctx context.Context, query string, args []any, each func(map[string]any) error) error {
	rows, err := db.sql.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	values, targets := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		row := make(map[string]any, len(names))
		for i, name := range names {
			if v := plain(values[i]); v != nil {
				row[name] = v
			}
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// plain turns the engine's maps into Go's, empty ones into nothing.
func plain(v any) any {
	m, ok := v.(driver.OrderedMap)
	if !ok {
		return v
	}
	if m.Len() == 0 {
		return nil
	}
	out := make(map[string]string, m.Len())
	for i, k := range m.Keys() {
		out[text(k)] = text(m.Values()[i])
	}
	return out
}

// ForgetPerson puts a pseudonym in place of the keys in every fact, replaced
// versions too, so that counts of the past stay, and removes what else could
// say who it was: address, role, country, zone, attributes and free text of the
// person's rows, the links between the keys, and any text anywhere that holds
// one of their e-mail addresses. It gives the number of rows about the person
// by fact.
func (db *DB) ForgetPerson(ctx context.Context, keys []string, pseudonym string) (map[string]int, error) {
	touched := map[string]int{}
	f := &forgetting{keys: keys, pseudonym: "erased:" + pseudonym}
	for _, key := range keys {
		if digestOf(key) != "" {
			f.addresses = append(f.addresses, strings.ToLower(key))
		}
	}
	if err := db.markCompact(); err != nil {
		return nil, err
	}
	err := db.Alone(ctx, func(tx *sql.Tx) error {
		clear(touched)
		f.tx = tx
		for i := range record.Facts {
			n, err := f.fact(ctx, &record.Facts[i])
			if err != nil {
				return fmt.Errorf("%s: %w", record.Facts[i].Name, err)
			}
			if n > 0 {
				touched[record.Facts[i].Name] = n
			}
		}
		ends, err := f.links(ctx)
		if err != nil {
			return err
		}
		touched := map[touch]bool{{partIdentity, f.pseudonym}: true}
		for _, key := range append(ends, keys...) {
			touched[touch{partIdentity, key}] = true
		}
		return errors.Join(db.markDue(ctx, tx, map[part]bool{partRank: true}), db.markTouched(ctx, tx, touched))
	})
	if err != nil {
		return nil, describe(fmt.Errorf("forget a person: %w", err))
	}
	if err := db.Settle(ctx); err != nil {
		return nil, err
	}
	// What was replaced leaves the log; the next Open writes the file anew.
	// Readers that are under way put this off to a later checkpoint.
	_, _ = db.sql.ExecContext(ctx, "CHECKPOINT")
	return touched, nil
}

// forgetting is one person on the way out.
type forgetting struct {
	tx        *sql.Tx
	keys      []string
	addresses []string // among keys, in lower case
	pseudonym string
}

func (f *forgetting) exec(ctx context.Context, query string, args ...any) (int, error) {
	result, err := f.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

func (f *forgetting) fact(ctx context.Context, fact *record.Fact) (n int, err error) {
	if where, times := ownRows(fact); times > 0 {
		set, args := f.blank(fact)
		args = append(args, repeated(f.keys, times)...)
		if n, err = f.exec(ctx, "UPDATE "+warehouse.Quote(fact.Table())+" SET "+set+" WHERE "+where, args...); err != nil {
			return 0, err
		}
	}
	for _, address := range f.addresses {
		if err := f.scrub(ctx, fact, address); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// links deletes the links that name the person, withdrawn ones too, for they
// hold names as well, and gives what they joined. What was withdrawn
// does not come back with it: its names are the person's, and what names an
// erased person is not taken in.
func (f *forgetting) links(ctx context.Context) ([]string, error) {
	where := "value IN (SELECT unnest(?::VARCHAR[])) OR other IN (SELECT unnest(?::VARCHAR[]))"
	args := []any{f.keys, f.keys}
	for _, address := range f.addresses {
		where += " OR contains(lower(concat_ws(' ', id, value, other)), ?)"
		args = append(args, address)
	}
	gone, err := pairs(ctx, f.tx, "DELETE FROM identity_link WHERE "+where+" RETURNING value, other", args...)
	var ends []string
	for _, pair := range gone {
		ends = append(ends, pair[0], pair[1])
	}
	return ends, err
}

// blank is what a row about the person is set to.
func (f *forgetting) blank(fact *record.Fact) (set string, args []any) {
	terms := []string{"attributes = NULL"}
	for _, field := range fact.Fields {
		column := warehouse.Quote(field.Name)
		switch {
		case field.Ref == "person" || fact.Name == "person" && field.Name == "person_id":
			terms = append(terms, column+" = CASE WHEN "+column+" IN (SELECT unnest(?::VARCHAR[])) THEN ? ELSE "+column+" END")
			args = append(args, f.keys, f.pseudonym)
		case identifies(fact, field):
			terms = append(terms, column+" = NULL")
		}
	}
	return strings.Join(terms, ", "), args
}

// identifies says whether a field of a row about a person can tell who it is,
// by itself or with little else.
func identifies(fact *record.Fact, field record.Field) bool {
	switch field.Type {
	case record.Email, record.Zone, record.Country:
		return true
	}
	return fact.Name == "person" && field.Name == "role" || fact.Name == "response" && field.Name == "text"
}

// scrub replaces an address in every text of a fact's rows, whoever they are
// about, in the same way everywhere: an account that is named by it stays one.
func (f *forgetting) scrub(ctx context.Context, fact *record.Fact, address string) error {
	const inAttributes = "contains(lower(CAST(attributes AS VARCHAR)), ?)"
	set := []string{`attributes = CASE WHEN ` + inAttributes + `
		THEN map_from_entries(list_filter(map_entries(attributes), lambda e: NOT contains(lower(e.value), ?) AND NOT contains(lower(e.key), ?)))
		ELSE attributes END`}
	args, where := []any{address, address, address}, []string{inAttributes}
	for _, field := range fact.Fields {
		if field.Type != record.Text && field.Type != record.Email {
			continue
		}
		column := warehouse.Quote(field.Name)
		holds := "contains(lower(" + column + "), ?)"
		set = append(set, column+" = CASE WHEN "+holds+" THEN replace(lower("+column+"), ?, ?) ELSE "+column+" END")
		args, where = append(args, address, address, f.pseudonym), append(where, holds)
	}
	args = append(args, repeated(address, len(where))...)
	_, err := f.exec(ctx, "UPDATE "+warehouse.Quote(fact.Table())+" SET "+strings.Join(set, ", ")+" WHERE "+strings.Join(where, " OR "), args...)
	return err
}

// KeepFacts detaches the events that statements or messages of these ids gave
// from their source, so that neither removing those nor a rebuild takes them.
func (db *DB) KeepFacts(ctx context.Context, ids []string) (n int, err error) {
	err = db.Alone(ctx, func(tx *sql.Tx) error {
		kept, err := db.source(ctx, tx, keptSource)
		if err != nil {
			return err
		}
		n = 0
		for i := range record.Facts {
			fact := &record.Facts[i]
			if fact.Versioned {
				continue
			}
			key := warehouse.Quote(fact.Key[0])
			result, err := tx.ExecContext(ctx, "UPDATE "+warehouse.Quote(fact.Table())+" SET batch = ? WHERE batch IN (SELECT batch FROM stream) AND batch <> ? AND split_part("+key+", '#', 1) IN (SELECT unnest(?::VARCHAR[]))", kept.batch, kept.batch, ids)
			if err != nil {
				return err
			}
			moved, err := result.RowsAffected()
			if err != nil {
				return err
			}
			n += int(moved)
		}
		return nil
	})
	return n, describe(err)
}
