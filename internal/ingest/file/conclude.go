package file

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// conclude looks for what is worth a warning, writes the rejects, commits and
// refreshes what follows from the facts: nothing in a dry run, and nothing when
// no row changed.
func (r *run) conclude(ctx context.Context) error {
	changed := r.report.Rows.Added+r.report.Rows.Replaced > 0
	if changed {
		if err := r.lookAround(ctx); err != nil {
			return err
		}
	}
	dir := r.opt.RejectsDir
	path, err := r.writeRejects(ctx, dir)
	if err != nil {
		return describeWrite(ctx, fmt.Errorf("write the rejects: %w", err))
	}
	r.report.RejectsPath = path
	if !changed || r.opt.DryRun {
		if !changed {
			r.report.Batch = 0
		}
		return nil // the deferred rollback undoes all
	}
	return r.commit(ctx)
}

// commit stores the batch. The refresh has a transaction of its own, so that
// what streams bring meanwhile waits for it and not for the import; should the
// process end in between, the next one that opens the workspace does it.
func (r *run) commit(ctx context.Context) error {
	r.progress("", "refresh", 0, 0)
	if _, err := r.tx.ExecContext(ctx, "INSERT INTO batch VALUES (?, ?, ?, NULL)", r.batch, r.Now().UTC(), r.source()); err != nil {
		return err
	}
	if _, err := r.tx.ExecContext(ctx, "DROP TABLE reject"); err != nil {
		return err
	}
	if err := r.DB.MarkDue(ctx, r.tx, r.batch); err != nil {
		return err
	}
	if err := r.tx.Commit(); err != nil {
		return err
	}
	return r.DB.Settle(context.WithoutCancel(ctx))
}

// lookAround warns of references to nothing, people who cannot be told apart,
// and amounts in several currencies.
func (r *run) lookAround(ctx context.Context) error {
	facts := map[string]*record.Fact{}
	for _, list := range r.plans {
		for _, p := range list {
			facts[p.fact.Name] = p.fact
		}
	}
	for i := range record.Facts {
		fact := facts[record.Facts[i].Name]
		if fact == nil {
			continue
		}
		for _, f := range fact.Fields {
			if f.Ref == "" {
				continue
			}
			if err := r.warnUnresolved(ctx, fact, f); err != nil {
				return err
			}
		}
	}
	if err := r.warnIdentity(ctx); err != nil {
		return err
	}
	return r.warnCurrencies(ctx)
}

// rowCount writes a number of rows; either picks the words that go with it.
func rowCount(n int64) string { return figure.Counted(int(n), "row", "rows") }

func either(n int64, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// warnUnresolved counts the rows of the batch whose reference names nobody.
func (r *run) warnUnresolved(ctx context.Context, fact *record.Fact, f record.Field) error {
	known := map[string]string{
		"person":   "SELECT person_id AS v FROM person_version UNION ALL SELECT email FROM person_version UNION ALL SELECT value FROM identity",
		"account":  "SELECT account_id AS v FROM account",
		"activity": "SELECT activity_id AS v FROM activity",
	}[f.Ref]
	query := fmt.Sprintf(`SELECT v, n FROM (SELECT %s AS v, count(*) AS n FROM %s WHERE batch = %d AND %s IS NOT NULL GROUP BY 1) u ANTI JOIN (%s) k USING (v)`,
		warehouse.Quote(f.Name), warehouse.Quote(fact.Table()), r.batch, warehouse.Quote(f.Name), known)
	var rows int64
	var values int64
	if err := r.tx.QueryRowContext(ctx, "SELECT coalesce(sum(n), 0)::BIGINT, count(*) FROM ("+query+")").Scan(&rows, &values); err != nil || rows == 0 {
		return err
	}
	examples, err := r.tx.QueryContext(ctx, "SELECT v FROM ("+query+") ORDER BY n DESC, v LIMIT 3")
	if err != nil {
		return err
	}
	w := Warning{Code: "unresolved_" + f.Ref, Count: rows,
		Message: fmt.Sprintf("%s of %s %s %s of %s that no %s row has; %s where no %s is needed, and %s as soon as it is imported", rowCount(rows), fact.Name, either(rows, "names", "name"),
			figure.Counted(int(values), "value", "values"), f.Name, f.Ref, either(rows, "it counts", "they count"), f.Ref, either(rows, "joins", "join"))}
	w.Examples, err = scanTexts(examples)
	r.warn(w)
	return err
}

//go:embed sql/identity_conflict.sql
var identityConflictSQL string

// warnIdentity tells of values that several people claim.
func (r *run) warnIdentity(ctx context.Context) error {
	var n int64
	if err := r.tx.QueryRowContext(ctx, "SELECT count(*) FROM ("+identityConflictSQL+")").Scan(&n); err != nil || n == 0 {
		return err
	}
	rows, err := r.tx.QueryContext(ctx, "SELECT value || ' is claimed by ' || array_to_string(person_ids, ', ') FROM ("+identityConflictSQL+") ORDER BY value LIMIT 20")
	if err != nil {
		return err
	}
	w := Warning{Code: "identity_conflict", Count: n,
		Message: fmt.Sprintf("%s to several people; rows that carry %s are nobody's until that is mended", figure.Counted(int(n), "e-mail address or key belongs", "e-mail addresses or keys belong"), either(n, "it", "them"))}
	w.Examples, err = scanTexts(rows)
	r.warn(w)
	return err
}

// warnCurrencies tells of amounts that cannot be summed with the others.
func (r *run) warnCurrencies(ctx context.Context) error {
	var parts []string
	for _, fact := range record.Facts {
		if fact.Has("currency") {
			parts = append(parts, "SELECT coalesce(currency, 'no currency') AS c FROM "+warehouse.Quote(fact.Name)+" WHERE "+moneyGiven(&fact))
		}
	}
	rows, err := r.tx.QueryContext(ctx, "SELECT c || ': ' || CASE count(*) WHEN 1 THEN '1 row' ELSE format('{:,}', count(*)) || ' rows' END FROM ("+strings.Join(parts, " UNION ALL ")+") GROUP BY c ORDER BY count(*) DESC, c")
	if err != nil {
		return err
	}
	list, err := scanTexts(rows)
	if err == nil && len(list) > 1 {
		r.warn(Warning{Code: "several_currencies", Count: int64(len(list)), Examples: list,
			Message: "amounts are in several currencies; they are summed within each, never across"})
	}
	return err
}

func moneyGiven(fact *record.Fact) string {
	var tests []string
	for _, f := range fact.Fields {
		if f.Type == record.Money {
			tests = append(tests, warehouse.Quote(f.Name)+" IS NOT NULL")
		}
	}
	return "(" + strings.Join(tests, " OR ") + ")"
}
