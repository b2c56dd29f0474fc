package file

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// askAtOnce is how many people are asked about together.
const askAtOnce = 10_000

// leaveErased gives the filter of a plan's rows, widened so that it leaves out
// those about people who were erased. They count as skipped.
func (r *run) leaveErased(ctx context.Context, p *plan, filter string, c *Counts) (string, error) {
	columns := personColumns(p.fact)
	if r.Suppressed == nil || len(columns) == 0 {
		return filter, nil
	}
	rows := "(" + p.typed(false) + ")" + filter
	erased, err := r.erased(ctx, columns, rows)
	if err != nil || len(erased) == 0 {
		return filter, err
	}
	for i, value := range erased {
		erased[i] = literal(value)
	}
	var tests []string
	for _, column := range columns {
		tests = append(tests, "coalesce("+column+" IN ("+strings.Join(erased, ", ")+"), false)")
	}
	about := "(" + strings.Join(tests, " OR ") + ")"
	var n int64
	if err := r.tx.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT * FROM "+rows+") WHERE "+about).Scan(&n); err != nil {
		return "", err
	}
	c.Skipped += n
	r.warn(Warning{Code: "erased_person", File: p.st.label, Count: n, Message: fmt.Sprintf("%s about people who were erased %s left out", rowCount(n), either(n, "is", "are"))})
	if filter == "" {
		return " WHERE NOT " + about, nil
	}
	return filter + " AND NOT " + about, nil
}

// personColumns are the columns of a fact that name a person.
func personColumns(fact *record.Fact) (columns []string) {
	for _, f := range fact.Fields {
		if f.Ref == "person" || fact.Name == "person" && (f.Name == "person_id" || f.Type == record.Email) {
			columns = append(columns, warehouse.Quote(f.Name))
		}
	}
	return columns
}

// erased gives the values of columns among rows that are suppressed.
func (r *run) erased(ctx context.Context, columns []string, rows string) (found []string, err error) {
	read, err := r.tx.QueryContext(ctx, "SELECT DISTINCT v FROM (SELECT unnest(["+strings.Join(columns, ", ")+"]) AS v FROM "+rows+") WHERE v IS NOT NULL")
	if err != nil {
		return nil, err
	}
	values, err := scanTexts(read)
	if err != nil {
		return nil, err
	}
	for some := range slices.Chunk(values, askAtOnce) {
		suppressed, err := r.Suppressed(ctx, some)
		if err != nil {
			return nil, fmt.Errorf("ask who was erased: %w", err)
		}
		for value, is := range suppressed {
			if is {
				found = append(found, value)
			}
		}
	}
	return found, nil
}
