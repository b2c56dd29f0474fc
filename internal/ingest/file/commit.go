package file

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// importStage stores the facts of one stage and accounts for its rows.
func (r *run) importStage(ctx context.Context, i int) error {
	st := r.stages[i]
	if st.recovered != "" {
		r.warn(Warning{Code: "encoding", File: st.label, Message: st.recovered})
	}
	if st.rows+st.bad == 0 {
		r.warn(Warning{Code: "no_rows", File: st.label, Message: "the file has a header and no rows"})
	}
	for n, p := range r.plans[i] {
		if err := r.importPlan(ctx, i, n, p); err != nil {
			return err
		}
	}
	r.base += st.rows + st.bad
	return nil
}

func (r *run) importPlan(ctx context.Context, i, n int, p *plan) error {
	st := p.st
	out := Part{File: st.label, Fact: p.fact.Name, Format: st.in.format, Encoding: st.in.encoding, SHA256: st.sha256, Attributes: []string{}, Rejects: []RejectSummary{}}
	for _, a := range p.attributes {
		out.Attributes = append(out.Attributes, a.name)
	}
	mapping := fmt.Sprintf("%s:%s:%d", p.rule.fingerprint(), st.sheet, n)
	same, rows, err := r.sameFile(ctx, p, mapping)
	if err != nil {
		return err
	}
	if same > 0 {
		out.SameAs = same
		out.Rows = Counts{Read: rows.Read, Unchanged: rows.Read - rows.Skipped, Skipped: rows.Skipped}
		if err := r.rely(ctx, same, p.fact, out.Rows.Unchanged); err != nil {
			return err
		}
	} else if err := r.importRows(ctx, i, n, p, &out); err != nil {
		return err
	}
	r.report.Files = append(r.report.Files, out)
	r.report.Rows.Add(out.Rows)
	return r.recordFile(ctx, &out, mapping)
}

// sameFile finds the batch that holds this very file, read by the same rule and
// without rejects.
func (r *run) sameFile(ctx context.Context, p *plan, mapping string) (batch int, rows Counts, err error) {
	err = r.tx.QueryRowContext(ctx, `SELECT coalesce(max(batch), 0), coalesce(max(rows_read), 0), coalesce(max(rows_skipped), 0) FROM batch_file JOIN batch USING (batch)
		WHERE rolled_back_at IS NULL AND sha256 = ? AND fact = ? AND mapping = ? AND rows_rejected = 0`, p.st.sha256, p.fact.Name, mapping).Scan(&batch, &rows.Read, &rows.Skipped)
	return batch, rows, err
}

func (r *run) recordFile(ctx context.Context, f *Part, mapping string) error {
	if f.SameAs > 0 {
		return nil
	}
	_, err := r.tx.ExecContext(ctx, `INSERT INTO batch_file (batch, file, fact, sha256, rows_read, rows_added, rows_replaced, rows_unchanged, rows_rejected, rows_duplicate, rows_skipped, mapping)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, r.batch, f.File, f.Fact, f.SHA256, f.Rows.Read, f.Rows.Added, f.Rows.Replaced, f.Rows.Unchanged, f.Rows.Rejected, f.Rows.Duplicate, f.Rows.Skipped, mapping)
	return err
}

// importRows checks the rows of a plan and stores the good ones.
func (r *run) importRows(ctx context.Context, i, n int, p *plan, out *Part) error {
	c := &out.Rows
	c.Read = p.st.rows + p.st.bad
	c.Rejected = p.st.bad
	if err := r.loadDecodeRejects(ctx, i, p.st, p.fact.Name); err != nil {
		return err
	}
	if p.where == "" && p.meant != p.st.rows {
		return fault.New(fault.Conflict, "%s changed while it was read: %s, then %s; import it again when nothing writes to it", p.st.label, rowCount(p.st.rows), figure.Count(int(p.meant)))
	}
	c.Skipped = p.st.rows - p.meant
	c.Rejected += p.wrong
	filter := ""
	if problems := p.problems(); p.wrong > 0 {
		if _, err := r.tx.ExecContext(ctx, fmt.Sprintf("INSERT INTO reject SELECT %d, %s, * FROM (%s)", i, literal(p.fact.Name), p.rejectRows(problems))); err != nil {
			return err
		}
		filter = " WHERE NOT " + bad(problems)
	}
	filter, err := r.leaveErased(ctx, p, filter, c)
	if err != nil {
		return err
	}
	r.progress(p.st.label, "store", 0, p.meant)
	s := &storing{run: r, file: i, plan: p, filter: filter, counts: c}
	if err := s.store(ctx); err != nil {
		return err
	}
	if out.Rejects, err = r.summariseRejects(ctx, i, p.fact.Name); err != nil {
		return err
	}
	return r.rejectExamples(ctx, i, p.fact.Name, out.Rejects)
}

// storing is the insertion of the good rows of one plan.
type storing struct {
	*run
	file   int
	plan   *plan
	filter string // SQL that leaves the refused rows out
	counts *Counts
}

// good is SQL of the typed rows.
func (s *storing) good(numbered bool) string {
	return "SELECT * FROM (" + s.plan.typed(numbered) + ")" + s.filter
}

func (s *storing) exec(ctx context.Context, query string) (int64, error) {
	result, err := s.tx.ExecContext(ctx, query)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s *storing) count(ctx context.Context, query string) (n int64, err error) {
	return n, s.tx.QueryRowContext(ctx, query).Scan(&n)
}

// columns of a fact table that an import fills, beside batch.
func (s *storing) columns() string {
	names := []string{`"row"`}
	for _, f := range s.plan.fact.Fields {
		names = append(names, warehouse.Quote(f.Name))
	}
	return strings.Join(append(names, "attributes"), ", ")
}

func (s *storing) table() string { return warehouse.Quote(s.plan.fact.Table()) }

// keys is SQL of the key's columns, each with a prefix.
func (s *storing) keys(prefix string) string {
	names := make([]string, len(s.plan.fact.Key))
	for i, k := range s.plan.fact.Key {
		names[i] = prefix + warehouse.Quote(k)
	}
	return strings.Join(names, ", ")
}

// sameKey and sameContent are SQL conditions over two aliases.
func (s *storing) sameKey(a, b string) string {
	tests := make([]string, len(s.plan.fact.Key))
	for i, k := range s.plan.fact.Key {
		field, _ := s.plan.fact.Field(k)
		operator := " IS NOT DISTINCT FROM "
		if field.Required {
			operator = " = "
		}
		tests[i] = a + warehouse.Quote(k) + operator + b + warehouse.Quote(k)
	}
	return strings.Join(tests, " AND ")
}

func (s *storing) sameContent(a, b string) string {
	var tests []string
	for _, f := range s.plan.fact.Fields {
		tests = append(tests, a+warehouse.Quote(f.Name)+" IS NOT DISTINCT FROM "+b+warehouse.Quote(f.Name))
	}
	return strings.Join(append(tests, a+"attributes IS NOT DISTINCT FROM "+b+"attributes"), " AND ")
}

// store inserts the rows: events that nothing stored resembles directly into
// their table, anything else by way of a table that is compared with it.
func (s *storing) store(ctx context.Context) error {
	direct, err := s.isNew(ctx)
	if err != nil {
		return err
	}
	if !direct {
		return s.storeCompared(ctx, "")
	}
	last, err := s.count(ctx, "SELECT coalesce(max(rowid), -1) FROM "+s.table())
	if err != nil {
		return err
	}
	n, err := s.exec(ctx, fmt.Sprintf(`INSERT INTO %s (batch, %s) SELECT %d, %s FROM (%s)`, s.table(), s.columns(), s.batch, s.columns(), s.good(false)))
	if err != nil {
		return err
	}
	s.counts.Added += n
	return s.settleRepeats(ctx, fmt.Sprintf("rowid > %d", last))
}

// settleRepeats takes the rows whose keys occur more than once out of the table,
// into which they went unseen, and stores them by way of the comparison.
func (s *storing) settleRepeats(ctx context.Context, filter string) error {
	n, err := s.findRepeats(ctx, s.table(), filter)
	if err != nil || n == 0 {
		return err
	}
	repeated := s.hash() + " IN (SELECT h FROM twice)"
	removed, err := s.exec(ctx, "DELETE FROM "+s.table()+" WHERE "+filter+" AND "+repeated)
	if err != nil {
		return err
	}
	s.counts.Added -= removed
	return s.storeCompared(ctx, " WHERE "+repeated)
}

// shiftedColumns numbers the rows on through the files of a batch.
func (s *storing) shiftedColumns() string {
	return `"row" + ` + strconv.FormatInt(s.base, 10) + strings.TrimPrefix(s.columns(), `"row"`)
}

// isNew says that the rows are events of which none has a key that is stored.
func (s *storing) isNew(ctx context.Context) (bool, error) {
	if s.plan.fact.Versioned {
		return false, nil
	}
	stored, err := s.count(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+s.table()+" LIMIT 1)")
	if err != nil || stored == 0 {
		return stored == 0, err
	}
	known, err := s.count(ctx, fmt.Sprintf("SELECT count(*) FROM (SELECT g.* FROM (SELECT %s FROM (%s)) g SEMI JOIN %s e ON %s LIMIT 1)", s.keys(""), s.good(false), s.table(), s.sameKey("g.", "e.")))
	return known == 0, err
}

// hash is SQL that is the same for rows of the same key.
func (s *storing) hash() string { return "hash(" + s.keys("") + ")" }

// findRepeats gathers the hashes of keys that occur more than once, in twice.
func (s *storing) findRepeats(ctx context.Context, table, filter string) (int64, error) {
	if _, err := s.exec(ctx, fmt.Sprintf(`CREATE OR REPLACE TEMP TABLE twice AS SELECT %s AS h FROM %s WHERE %s GROUP BY 1 HAVING count(*) > 1`, s.hash(), table, filter)); err != nil {
		return 0, err
	}
	return s.count(ctx, "SELECT count(*) FROM twice")
}

// dropRepeats removes incoming rows whose key another row of the same file has.
// Equal ones count as duplicates; of versions the last stays, of events the
// first, and the others are refused.
func (s *storing) dropRepeats(ctx context.Context) error {
	if n, err := s.findRepeats(ctx, "incoming", "true"); err != nil || n == 0 {
		return err
	}
	direction := ""
	if s.plan.fact.Versioned {
		direction = " DESC"
	}
	ranked := fmt.Sprintf(`CREATE OR REPLACE TEMP TABLE ranked AS SELECT rowid AS id, %s, row_number() OVER (PARTITION BY %s ORDER BY "row"%s, rowid%s) AS nth
		FROM incoming WHERE %s IN (SELECT h FROM twice)`, s.columns(), s.keys(""), direction, direction, s.hash())
	if _, err := s.exec(ctx, ranked); err != nil {
		return err
	}
	repeats := fmt.Sprintf(`CREATE OR REPLACE TEMP TABLE repeat AS SELECT b.id, b."row", %s, (%s) AS same FROM ranked a JOIN ranked b ON %s WHERE a.nth = 1 AND b.nth > 1`,
		s.keys("b."), s.sameContent("a.", "b."), s.sameKey("a.", "b."))
	if _, err := s.exec(ctx, repeats); err != nil {
		return err
	}
	if _, err := s.exec(ctx, "DELETE FROM incoming WHERE rowid IN (SELECT id FROM repeat)"); err != nil {
		return err
	}
	return s.countRepeats(ctx)
}

func (s *storing) countRepeats(ctx context.Context) error {
	same, err := s.count(ctx, "SELECT count(*) FILTER (same) FROM repeat")
	if err != nil {
		return err
	}
	s.counts.Duplicate += same
	other, err := s.count(ctx, "SELECT count(*) FILTER (NOT same) FROM repeat")
	if err != nil || other == 0 {
		return err
	}
	if !s.plan.fact.Versioned {
		return s.refuse(ctx, "SELECT * FROM repeat WHERE NOT same")
	}
	s.counts.Duplicate += other
	s.warn(Warning{Code: "restated_in_file", File: s.plan.st.label, Count: other,
		Message: fmt.Sprintf("%s %s the key (%s) of a later row with other content; the last one counts", rowCount(other), either(other, "has", "have"), strings.Join(s.plan.fact.Key, ", "))})
	return nil
}

// refuse puts rows with a key and a "row" among the rejects, as conflicts.
func (s *storing) refuse(ctx context.Context, rows string) error {
	line := "NULL"
	if s.plan.st.direct && s.plan.st.oneLiner {
		line = fmt.Sprintf(`"row" - %d + 1`, s.base)
	}
	n, err := s.exec(ctx, fmt.Sprintf(`INSERT INTO reject SELECT %d, %s, "row" - %d, %s, %s, concat_ws(', ', %s), %s FROM (%s)`,
		s.file, literal(s.plan.fact.Name), s.base, line, literal(strings.Join(s.plan.fact.Key, ", ")), s.keys(""), literal(CodeConflict), rows))
	s.counts.Rejected += n
	return err
}

// storeCompared inserts by way of a temporary table of the new rows, or of some.
func (s *storing) storeCompared(ctx context.Context, where string) error {
	if _, err := s.exec(ctx, fmt.Sprintf(`CREATE OR REPLACE TEMP TABLE incoming (%s)`, s.definitions())); err != nil {
		return err
	}
	if _, err := s.exec(ctx, fmt.Sprintf(`INSERT INTO incoming SELECT %s FROM (%s)%s`, s.shiftedColumns(), s.good(true), where)); err != nil {
		return err
	}
	if err := s.dropRepeats(ctx); err != nil {
		return err
	}
	before := s.counts.Replaced
	if err := s.dropKnown(ctx); err != nil {
		return err
	}
	replaced := s.counts.Replaced - before
	n, err := s.exec(ctx, fmt.Sprintf(`INSERT INTO %s (batch, %s) SELECT %d, %s FROM incoming`, s.table(), s.columns(), s.batch, s.columns()))
	s.counts.Added += n - replaced
	if err == nil {
		_, err = s.exec(ctx, "DROP TABLE incoming")
	}
	return err
}

func (s *storing) definitions() string {
	list := []string{`"row" BIGINT`}
	for _, f := range s.plan.fact.Fields {
		list = append(list, warehouse.Quote(f.Name)+" "+warehouse.ColumnType(f.Type))
	}
	return strings.Join(append(list, "attributes MAP(VARCHAR, VARCHAR)"), ", ")
}

// dropKnown compares the incoming rows with the stored ones of the same key:
// equal ones are dropped, versions replace them, events are refused.
func (s *storing) dropKnown(ctx context.Context) error {
	current := ""
	if s.plan.fact.Versioned {
		// what streams said is outranked by the refresh, not replaced
		current = " AND e.superseded_by IS NULL AND e.batch NOT IN (SELECT batch FROM stream)"
	}
	if _, err := s.exec(ctx, fmt.Sprintf(`CREATE OR REPLACE TEMP TABLE known AS SELECT i.rowid AS id, i."row", %s, e.rowid AS old, e.batch AS owner, (%s) AS same FROM incoming i JOIN %s e ON %s%s`,
		s.keys("i."), s.sameContent("i.", "e."), s.table(), s.sameKey("i.", "e."), current)); err != nil {
		return err
	}
	if err := s.countKnown(ctx); err != nil {
		return err
	}
	if s.plan.fact.Versioned {
		return s.replace(ctx)
	}
	if err := s.refuse(ctx, "SELECT * FROM known WHERE NOT same"); err != nil {
		return err
	}
	_, err := s.exec(ctx, "DELETE FROM incoming WHERE rowid IN (SELECT id FROM known)")
	return err
}

func (s *storing) countKnown(ctx context.Context) error {
	within, err := s.count(ctx, fmt.Sprintf("SELECT count(*) FILTER (same) FROM known WHERE owner = %d", s.batch))
	if err != nil {
		return err
	}
	earlier, err := s.count(ctx, fmt.Sprintf("SELECT count(*) FILTER (same) FROM known WHERE owner <> %d", s.batch))
	if err != nil {
		return err
	}
	s.counts.Duplicate += within
	s.counts.Unchanged += earlier
	_, err = s.exec(ctx, fmt.Sprintf("INSERT INTO batch_reliance SELECT %d, owner, %s, count(*) FROM known WHERE same AND owner <> %d GROUP BY owner", s.batch, literal(s.plan.fact.Name), s.batch))
	return err
}

// rely notes that the present batch says again what an earlier one holds.
func (r *run) rely(ctx context.Context, owner int, fact *record.Fact, rows int64) error {
	_, err := r.tx.ExecContext(ctx, "INSERT INTO batch_reliance VALUES (?, ?, ?, ?)", r.batch, owner, fact.Name, rows)
	return err
}

// replace supersedes the stored versions that the incoming rows restate. A
// version of this very batch, from an earlier file, simply goes.
func (s *storing) replace(ctx context.Context) error {
	n, err := s.count(ctx, "SELECT count(*) FILTER (NOT same) FROM known")
	if err != nil {
		return err
	}
	s.counts.Replaced += n
	for _, statement := range []string{
		"DELETE FROM incoming WHERE rowid IN (SELECT id FROM known WHERE same)",
		fmt.Sprintf("UPDATE %s SET superseded_by = %d WHERE rowid IN (SELECT old FROM known WHERE NOT same AND owner <> %d)", s.table(), s.batch, s.batch),
		fmt.Sprintf("DELETE FROM %s WHERE rowid IN (SELECT old FROM known WHERE NOT same AND owner = %d)", s.table(), s.batch),
	} {
		if _, err := s.exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) warn(w Warning) {
	if w.Examples == nil {
		w.Examples = []string{}
	}
	r.report.Warnings = append(r.report.Warnings, w)
}

// source names what an import read, for the list of batches.
func (r *run) source() string {
	names := baseNames(r.stages)
	if len(names) > 5 {
		dir := filepath.Base(filepath.Dir(r.stages[0].in.path))
		return fmt.Sprintf("%d files, such as %s in %s", len(names), names[0], dir)
	}
	return strings.Join(names, ", ")
}
