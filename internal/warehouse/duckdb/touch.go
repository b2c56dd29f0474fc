package duckdb

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/liftmark/liftmark/internal/warehouse"
)

// touch is a key whose rows changed, and what follows from them: identity for
// names of people, revenue for accounts.
type touch struct {
	part part
	key  string
}

const (
	// maxTouched bounds how many keys are kept until the next refresh; more of
	// them make it look at everybody.
	maxTouched = 20_000
	// maxKin bounds how many values hang together with them.
	maxKin = 50_000
)

var (
	//go:embed sql/clear_identity.sql
	clearIdentitySQL string
	//go:embed sql/kin.sql
	kinSQL string
	//go:embed sql/kin_dispute.sql
	kinDisputeSQL string
)

// touch notes that names of people changed: keys, addresses, linked values.
func (t *taking) touch(p part, keys ...string) {
	for _, key := range keys {
		if key != "" {
			t.touched[touch{p, key}] = true
		}
	}
}

// touchRow notes which people or which account a row is about.
func (t *taking) touchRow(l *layout, row stored) {
	switch l.fact.Name {
	case "person":
		t.touch(partIdentity, text(row[l.index["person_id"]]), text(row[l.index["email"]]))
	case "account", "revenue":
		t.touch(partRevenue, text(row[l.index["account_id"]]))
	}
}

// touches says whether something follows from rows of a fact by key.
func touches(l *layout) bool {
	return l.fact.Name == "person" || l.fact.Name == "account" || l.fact.Name == "revenue"
}

// markTouched notes keys with the change itself, so that a refresh that did not
// happen is made up for. Its caller has the turn.
func (db *DB) markTouched(ctx context.Context, tx warehouse.Execer, touched map[touch]bool) error {
	var parts, keys []string
	whole := map[part]bool{}
	for at := range touched {
		switch {
		case db.live.touched[at], db.live.due[at.part]:
		case len(db.live.touched) >= maxTouched:
			whole[at.part] = true
		default:
			db.live.touched[at] = true
			parts, keys = append(parts, string(at.part)), append(keys, at.key)
		}
	}
	if err := db.markDue(ctx, tx, whole); err != nil || len(keys) == 0 {
		return err
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO refresh_key SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[])", parts, keys)
	return err
}

// settleKeys refreshes what follows from the touched keys, but for parts that
// are rebuilt whole; it adds identity to those when too much hangs together.
func (db *DB) settleKeys(ctx context.Context, tx *sql.Tx, whole map[part]bool) error {
	for _, step := range []struct {
		part part
		do   func(keys []string) error
	}{
		{partIdentity, func(keys []string) error { return db.settlePeople(ctx, tx, keys, whole) }},
		{partRevenue, func(keys []string) error { return settleAccounts(ctx, tx, keys) }},
	} {
		keys, err := texts(ctx, tx, "SELECT DISTINCT key FROM refresh_key WHERE part = ?", string(step.part))
		if err != nil {
			return err
		}
		if len(keys) == 0 || whole[step.part] {
			continue
		}
		if err := step.do(keys); err != nil {
			return fmt.Errorf("%s: %w", step.part, err)
		}
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM refresh_key")
	return err
}

func settleAccounts(ctx context.Context, tx *sql.Tx, keys []string) error {
	if err := fillTouched(ctx, tx, keys); err != nil {
		return err
	}
	return script(ctx, tx, those("account_id")(revenueSQL))
}

func fillTouched(ctx context.Context, tx *sql.Tx, keys []string) error {
	_, err := tx.ExecContext(ctx, "CREATE OR REPLACE TEMP TABLE touched AS SELECT unnest(?::VARCHAR[]) AS key", keys)
	return err
}

// settlePeople finds out anew who is who among all that hangs together with
// the touched keys. The others' rows say the same as before.
func (db *DB) settlePeople(ctx context.Context, tx *sql.Tx, keys []string, whole map[part]bool) error {
	k, err := findKin(ctx, tx, keys)
	if err != nil {
		return err
	}
	if k == nil {
		whole[partIdentity] = true
		return db.markDue(ctx, tx, map[part]bool{partIdentity: true})
	}
	if err := fillTouched(ctx, tx, slices.Sorted(maps.Keys(k.found))); err != nil {
		return err
	}
	if err := script(ctx, tx, strings.ReplaceAll(clearIdentitySQL, "{rows}", k.list())); err != nil {
		return err
	}
	return makeIdentity(ctx, tx, "spoken", "AND value IN (SELECT key FROM touched)")
}

// kin is what hangs together with some keys: by the identity as it is, which
// joins all that was one person, and by values that several people claim. What
// changed since has both its ends among the keys.
type kin struct {
	tx    *sql.Tx
	found map[string]bool
	known map[string]bool // values whose rows were seen and that stand for nobody else
	rows  map[int64]bool
}

// findKin gives nil when it is more than maxKin.
func findKin(ctx context.Context, tx *sql.Tx, keys []string) (*kin, error) {
	k := &kin{tx: tx, found: map[string]bool{}, known: map[string]bool{}, rows: map[int64]bool{}}
	var fresh []string
	for _, key := range keys {
		k.add(key, &fresh)
		k.add(digestOf(key), &fresh)
	}
	for len(fresh) > 0 {
		if len(k.found) > maxKin {
			return nil, nil
		}
		ask := fresh
		fresh = nil
		if err := k.identity(ctx, ask, &fresh); err != nil {
			return nil, err
		}
		disputed, err := texts(ctx, tx, kinDisputeSQL, ask)
		if err != nil {
			return nil, err
		}
		for _, value := range disputed {
			k.add(value, &fresh)
		}
	}
	return k, nil
}

func (k *kin) add(key string, fresh *[]string) {
	if key == "" || k.found[key] {
		return
	}
	k.found[key] = true
	*fresh = append(*fresh, key)
}

// identity adds what identity joins to keys.
func (k *kin) identity(ctx context.Context, keys []string, fresh *[]string) error {
	keys = slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return k.known[key] })
	if len(keys) == 0 {
		return nil
	}
	hashes, err := hashesOf(ctx, k.tx, keys)
	if err != nil {
		return err
	}
	ids, err := numbers(ctx, k.tx, strings.ReplaceAll(kinSQL, "{hashes}", hashes))
	if err != nil || ids == "" {
		return err
	}
	rows, err := k.tx.QueryContext(ctx, "SELECT rowid, value, person_id FROM identity WHERE rowid IN ("+ids+")")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id int64
		var value, person string
		if err := rows.Scan(&id, &value, &person); err != nil {
			return err
		}
		if !k.found[value] && !k.found[person] {
			continue // another one of the same hash
		}
		k.rows[id] = true
		k.known[value] = k.known[value] || value != person
		k.add(person, fresh)
		k.add(value, fresh)
	}
	return rows.Err()
}

// hashesOf writes the engine's hashes of keys as a list of numbers.
func hashesOf(ctx context.Context, tx *sql.Tx, keys []string) (string, error) {
	return numbers(ctx, tx, "SELECT DISTINCT hash(unnest(?::VARCHAR[])) & 4294967295", keys)
}

// numbers writes a column of numbers as a list.
func numbers(ctx context.Context, tx *sql.Tx, query string, args ...any) (string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }()
	var list []string
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return "", err
		}
		list = append(list, strconv.FormatInt(n, 10))
	}
	return strings.Join(list, ", "), rows.Err()
}

// list writes the rows' ids; they are never empty, for SQL's sake.
func (k *kin) list() string {
	list := make([]string, 0, len(k.rows)+1)
	for _, id := range slices.Sorted(maps.Keys(k.rows)) {
		list = append(list, strconv.FormatInt(id, 10))
	}
	if len(list) == 0 {
		return "-1"
	}
	return strings.Join(list, ", ")
}

// checkHashes makes identity due when it was made with other hashes than the
// engine gives now, or with none.
func (db *DB) checkHashes(ctx context.Context) error {
	var same bool
	err := db.sql.QueryRowContext(ctx, "SELECT count(*) = 0 OR coalesce((SELECT bool_or(sample = hash('')) FROM identity_hash), false) FROM (SELECT 1 FROM identity LIMIT 1)").Scan(&same)
	if err != nil || same {
		return err
	}
	return insertDue(ctx, db.sql, partIdentity)
}
