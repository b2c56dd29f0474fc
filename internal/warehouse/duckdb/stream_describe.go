package duckdb

import (
	"cmp"
	"context"
	_ "embed"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// describe merges rows of a versioned fact into what the source said before.
func (t *taking) describe(ctx context.Context, l *layout, rows []*warehouse.Row) error {
	own, rivals, err := t.described(ctx, l, rows)
	if err != nil {
		return err
	}
	was, changed := copied(l, own), map[any]bool{}
	for _, row := range rows {
		s := l.lay(row, t.batch)
		id := s[l.key()]
		before := len(own[id])
		merged, differs := l.merge(own[id], s, row)
		own[id] = merged
		switch {
		case !differs:
			t.taken.Duplicate++
		case len(merged) > before:
			t.taken.Added++
		default:
			t.taken.Restated++
		}
		changed[id] = changed[id] || differs
	}
	maps.DeleteFunc(changed, func(_ any, differs bool) bool { return !differs })
	if len(changed) == 0 {
		return nil
	}
	for id := range changed {
		for _, s := range append(was[id], own[id]...) {
			t.touchRow(l, s)
		}
	}
	if err := t.rewrite(ctx, l, own, changed); err != nil || !rivals {
		return err
	}
	return rank(ctx, t.tx, l, slices.Collect(maps.Keys(changed)))
}

// copied keeps rows as they are before others are merged into them, where
// something follows from them by key.
func copied(l *layout, own map[any][]stored) map[any][]stored {
	if !touches(l) {
		return nil
	}
	out := make(map[any][]stored, len(own))
	for id, list := range own {
		for _, s := range list {
			out[id] = append(out[id], slices.Clone(s))
		}
	}
	return out
}

// described reads what the source itself said of the rows' keys, and whether
// others say something of them too.
func (t *taking) described(ctx context.Context, l *layout, rows []*warehouse.Row) (own map[any][]stored, rivals bool, err error) {
	own = map[any][]stored{}
	for _, row := range rows {
		own[l.lay(row, t.batch)[l.key()]] = nil
	}
	err = t.rows(ctx, l, "WHERE (batch = ? OR superseded_by IS NULL) AND "+l.oneOf(""), func(s stored) {
		if s[0] != t.batch {
			rivals = true
			return
		}
		own[s[l.key()]] = append(own[s[l.key()]], s)
	}, t.batch, l.list(slices.Collect(maps.Keys(own))))
	for _, list := range own {
		slices.SortFunc(list, l.byTime)
	}
	return own, rivals, err
}

// oneOf is a condition that the key's first field is one of a list.
func (l *layout) oneOf(alias string) string {
	kind := warehouse.ColumnType(l.fact.Fields[l.key()-l.first].Type)
	return alias + warehouse.Quote(l.fact.Key[0]) + " IN (SELECT unnest(CAST(? AS " + kind + "[])))"
}

// list gives keys as an argument.
func (l *layout) list(keys []any) any {
	if l.fact.Fields[l.key()-l.first].Type == record.Time {
		return typed[time.Time](keys)
	}
	return typed[string](keys)
}

func typed[T any](values []any) []T {
	list := make([]T, 0, len(values))
	for _, v := range values {
		if v, ok := v.(T); ok {
			list = append(list, v)
		}
	}
	return list
}

// byTime sorts versions by when they begin, undated ones first.
func (l *layout) byTime(a, b stored) int {
	x, hasX := a[l.at()].(time.Time)
	y, hasY := b[l.at()].(time.Time)
	if !hasX || !hasY {
		return cmp.Compare(boolInt(hasX), boolInt(hasY))
	}
	return x.Compare(y)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// rewrite stores the rows of the changed keys anew.
func (t *taking) rewrite(ctx context.Context, l *layout, own map[any][]stored, changed map[any]bool) error {
	ids := slices.Collect(maps.Keys(changed))
	if _, err := t.tx.ExecContext(ctx, "DELETE FROM "+l.table()+" WHERE batch = ? AND "+l.oneOf(""), t.batch, l.list(ids)); err != nil {
		return err
	}
	var rows []stored
	for id := range changed {
		rows = append(rows, own[id]...)
	}
	slices.SortFunc(rows, func(a, b stored) int {
		return cmp.Or(cmp.Compare(a[1].(int64), b[1].(int64)), cmp.Compare(text(a[l.key()]), text(b[l.key()]))) //nolint:forcetypeassert // lay and scanned make them so
	})
	if l.fact.Name == "ticket" || l.fact.Name == "revenue" || l.fact.Name == "outcome" {
		t.due[partCoverage] = true
	}
	return t.insert(ctx, l, rows)
}

// merge joins a row to the versions of its key, sorted by time, and says whether
// that changed something.
func (l *layout) merge(list []stored, s stored, row *warehouse.Row) ([]stored, bool) {
	if l.fact.Name == "person" {
		return l.mergePerson(list, s, row)
	}
	for _, old := range list {
		if l.sameKey(old, s) {
			return list, l.overlay(old, row)
		}
	}
	return append(list, s), true
}

func (l *layout) sameKey(a, b stored) bool {
	for _, k := range l.fact.Key {
		if !sameValue(a[l.index[k]], b[l.index[k]]) {
			return false
		}
	}
	return true
}

// overlay sets what a row names, and says whether that changed something.
func (l *layout) overlay(old stored, row *warehouse.Row, except ...string) bool {
	differs := false
	for name, value := range row.Values {
		if slices.Contains(except, name) {
			continue
		}
		i := l.index[name]
		if value != nil {
			value, _ = fit(l.fact.Fields[i-l.first], value)
		}
		if !sameValue(old[i], value) {
			old[i], differs = value, true
		}
	}
	if l.overlayAttributes(old, row.Attributes) {
		differs = true
	}
	if differs {
		old[1] = row.Row
	}
	return differs
}

// overlayAttributes sets the named attributes; an empty one goes.
func (l *layout) overlayAttributes(old stored, attributes map[string]string) (differs bool) {
	known, _ := old[l.attributes()].(map[string]string)
	merged := maps.Clone(known)
	if merged == nil {
		merged = map[string]string{}
	}
	for k, v := range attributes {
		if v == "" {
			delete(merged, k)
		} else {
			merged[k] = v
		}
	}
	if maps.Equal(known, merged) {
		return false
	}
	old[l.attributes()] = merged
	if len(merged) == 0 {
		old[l.attributes()] = nil
	}
	return true
}

// maxStarts bounds how many starts of memberships of one person are kept apart
// although the next one says the same account.
const maxStarts = 64

// mergePerson joins what is said of a person to its memberships, which are
// sorted by when they begin. A start that an earlier one already says is not
// kept; one that a later one repeats is, for a word about the time between them
// may still come.
func (l *layout) mergePerson(list []stored, s stored, row *warehouse.Row) ([]stored, bool) {
	account, at := l.index["account_id"], l.index["created_at"]
	if len(list) == 0 {
		return []stored{s}, true
	}
	last := list[len(list)-1]
	if s[account] == nil {
		except := []string{"account_id"}
		if last[account] != nil && last[at] != nil {
			except = append(except, "created_at")
		}
		return list, l.overlay(last, row, except...)
	}
	if last[account] == nil { // nothing but the person was known so far
		return list, l.overlay(last, row)
	}
	next := slices.IndexFunc(list, func(m stored) bool { return l.byTime(m, s) > 0 })
	if next < 0 {
		next = len(list)
	}
	switch {
	case next > 0 && sameValue(list[next-1][account], s[account]):
		return list, l.overlay(list[next-1], row, "created_at")
	case next > 0 && l.byTime(list[next-1], s) == 0: // the same moment: the later word counts
		return list, l.overlay(list[next-1], row)
	case next < len(list) && len(list) >= maxStarts && sameValue(list[next][account], s[account]):
		return list, l.overlay(list[next], row)
	}
	moved := slices.Clone(list[max(next-1, 0)])
	moved[at] = nil
	l.overlay(moved, row)
	return slices.Insert(list, next, moved), true
}

//go:embed sql/rank_person.sql
var rankPersonSQL string

//go:embed sql/rank.sql
var rankSQL string

// rank lets files outrank streams: a stream's row that a file describes too is
// superseded by the file's. With ids it looks at those alone.
func rank(ctx context.Context, tx warehouse.Execer, l *layout, ids []any) error {
	only, args := "", []any{}
	if ids != nil {
		only, args = "AND "+l.oneOf("own."), []any{l.list(ids)}
	}
	query := rankSQL
	if l.fact.Name == "person" {
		query = rankPersonSQL
	}
	tests := make([]string, len(l.fact.Key))
	for i, k := range l.fact.Key {
		tests[i] = "f." + warehouse.Quote(k) + " IS NOT DISTINCT FROM own." + warehouse.Quote(k)
	}
	query = strings.NewReplacer("{table}", l.table(), "{same key}", strings.Join(tests, " AND "), "{only}", only).Replace(query)
	_, err := tx.ExecContext(ctx, query, args...)
	return err
}
