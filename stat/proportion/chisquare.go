package proportion

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/liftmark/liftmark/stat"
)

// ChiSquared is a chi-squared test of counts. P is the chance of a statistic at
// least as large when rows and columns have nothing to do with each other.
// SmallestExpected is the smallest count expected then: below about 5, prefer
// Fisher or join categories.
type ChiSquared struct {
	Statistic        float64
	DF               int
	P                float64
	SmallestExpected float64
}

// Independence tests whether the rows of a table of counts have the same
// distribution over its columns: Pearson's statistic without continuity
// correction, as R's chisq.test(correct = FALSE). table[i][j] counts the
// independent units of row i (an arm, a segment) and column j (an outcome). It
// says whether rows differ, not how or by how much.
//
// Errors: ErrTooFew with fewer than two rows or columns, or no counts at all;
// ErrNoVariance, naming it, if a row or column is empty; ErrInvalid for a
// negative count. Independence panics if rows have unequal lengths.
//
// Source: Pearson (1900), Philosophical Magazine 50:157-175.
func Independence(table [][]int) (ChiSquared, error) {
	rows, columns, err := margins(table)
	if err != nil {
		return ChiSquared{}, err
	}
	return pearson(table, rows, columns, 0), nil
}

// Yates tests whether two independent shares, x1/n1 and x2/n2, are equal, with
// Yates' continuity correction: R's prop.test by default. It is conservative;
// SameShare has no correction.
//
// Errors: as for SameShare.
//
// Source: Yates (1934), Supplement to the JRSS 1:217-235.
func Yates(x1, n1, x2, n2 int) (ChiSquared, error) {
	table, rows, columns, err := twoRows([]int{x1, x2}, []int{n1, n2})
	if err != nil {
		return ChiSquared{}, err
	}
	return pearson(table, rows, columns, 0.5), nil
}

// SameShare tests whether k independent shares, successes[i]/trials[i], are
// equal: R's prop.test(correct = FALSE) on k-1 degrees of freedom.
//
// Errors: ErrTooFew with fewer than two samples or an empty one, ErrInvalid for
// impossible counts, each naming the sample; ErrNoVariance if every trial of
// every sample succeeded or none did. SameShare panics if the slices differ in
// length.
func SameShare(successes, trials []int) (ChiSquared, error) {
	table, rows, columns, err := twoRows(successes, trials)
	if err != nil {
		return ChiSquared{}, err
	}
	return pearson(table, rows, columns, 0), nil
}

// twoRows lays samples out as rows of successes and failures.
func twoRows(successes, trials []int) (table [][]int, rows, columns []float64, err error) {
	if len(successes) != len(trials) {
		panic(fmt.Sprintf("proportion: %d successes with %d trials", len(successes), len(trials)))
	}
	table = make([][]int, len(trials))
	for i, n := range trials {
		if err := checkCount(fmt.Sprintf("sample %d", i), successes[i], n); err != nil {
			return nil, nil, nil, err
		}
		table[i] = []int{successes[i], n - successes[i]}
	}
	rows, columns, err = margins(table)
	return table, rows, columns, err
}

// margins adds up the rows and the columns of a table and refuses what has no
// chi-squared test.
func margins(table [][]int) (rows, columns []float64, err error) {
	if len(table) < 2 || len(table[0]) < 2 {
		return nil, nil, fmt.Errorf("a table of fewer than two rows or columns: %w", stat.ErrTooFew)
	}
	rows, columns = make([]float64, len(table)), make([]float64, len(table[0]))
	for i, row := range table {
		if len(row) != len(columns) {
			panic(fmt.Sprintf("proportion: row %d has %d counts, row 0 %d", i, len(row), len(columns)))
		}
		for j, n := range row {
			if n < 0 {
				return nil, nil, fmt.Errorf("count %d in row %d, column %d: %w", n, i, j, stat.ErrInvalid)
			}
			rows[i] += float64(n)
			columns[j] += float64(n)
		}
	}
	for i, n := range rows {
		if n == 0 {
			return nil, nil, fmt.Errorf("row %d has no counts: %w", i, stat.ErrNoVariance)
		}
	}
	for j, n := range columns {
		if n == 0 {
			return nil, nil, fmt.Errorf("column %d has no counts: %w", j, stat.ErrNoVariance)
		}
	}
	return rows, columns, nil
}

// pearson is the test of a table with the given margins. correction is taken
// off each deviation, but never more than the deviation.
func pearson(table [][]int, rows, columns []float64, correction float64) ChiSquared {
	total := 0.0
	for _, n := range rows {
		total += n
	}
	out := ChiSquared{DF: (len(rows) - 1) * (len(columns) - 1), SmallestExpected: math.Inf(1)}
	for i, row := range table {
		for j, n := range row {
			expected := rows[i] / total * columns[j]
			deviation := math.Max(0, math.Abs(float64(n)-expected)-correction)
			out.Statistic += deviation / expected * deviation
			out.SmallestExpected = math.Min(out.SmallestExpected, expected)
		}
	}
	out.P = chiSquaredTail(out.Statistic, out.DF)
	return out
}

// chiSquaredTail is the chance of more than x on df degrees of freedom.
func chiSquaredTail(x float64, df int) float64 {
	return mathext.GammaIncRegComp(float64(df)/2, x/2)
}
