package did

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// program maximises y·γ over γ ≥ 0 with W·γ = (1, 0, …, 0), for many y in turn: each
// search starts from the vertex where the last one ended. W has few rows.
//
// It is the simplex method on a dense tableau. Dantzig's rule chooses the column;
// after many steps without progress Bland's rule does, which cannot cycle.
type program struct {
	rows, cols int
	w          [][]float64 // [row][column], scaled so that each row has maximum 1
	right      []float64   // right-hand side
	tableau    [][]float64 // B⁻¹·W
	level      []float64   // B⁻¹·right: the values of the basic variables, ≥ 0
	basis      []int       // column of each basic variable
	pivots     int         // since the tableau was last computed afresh
}

const (
	pivotFloor    = 1e-9  // an entry below counts as 0
	optimal       = 1e-11 // a gain below, relative to y, counts as none
	refreshPivots = 100
)

// newProgram finds a first vertex. ok is false if there is none.
func newProgram(w [][]float64, right []float64) (p *program, ok bool) {
	p = &program{rows: len(w), cols: len(w[0])}
	for i, row := range w {
		scale := 0.0
		for _, v := range row {
			scale = math.Max(scale, math.Abs(v))
		}
		if scale == 0 {
			if right[i] != 0 {
				return nil, false
			}
			p.rows--
			continue
		}
		scaled := make([]float64, len(row))
		for j, v := range row {
			scaled[j] = v / scale
		}
		p.w, p.right = append(p.w, scaled), append(p.right, right[i]/scale)
	}
	return p, p.start()
}

// start minimises the sum of one artificial variable per row.
func (p *program) start() bool {
	first := &program{rows: p.rows, cols: p.cols + p.rows, right: p.right}
	for i, row := range p.w {
		wide := make([]float64, first.cols)
		copy(wide, row)
		wide[p.cols+i] = 1
		first.w, first.tableau = append(first.w, wide), append(first.tableau, append([]float64(nil), wide...))
		first.basis = append(first.basis, p.cols+i)
	}
	first.level = append([]float64(nil), p.right...)
	cost := make([]float64, first.cols)
	for j := p.cols; j < first.cols; j++ {
		cost[j] = -1
	}
	if first.climb(cost) < -1e-9 {
		return false
	}
	return p.adopt(first)
}

// adopt drives the artificial variables that are still basic (at 0) out. Where one
// stays, a row depends on others.
func (p *program) adopt(first *program) bool {
	for i := 0; i < first.rows; i++ {
		if first.basis[i] < p.cols {
			continue
		}
		best := -1
		for j := range p.cols {
			if math.Abs(first.tableau[i][j]) > pivotFloor && (best < 0 || math.Abs(first.tableau[i][j]) > math.Abs(first.tableau[i][best])) {
				best = j
			}
		}
		if best >= 0 {
			first.pivot(i, best)
		}
	}
	for i, b := range first.basis {
		if b >= p.cols {
			return false
		}
		p.tableau = append(p.tableau, first.tableau[i][:p.cols:p.cols])
	}
	p.basis, p.level = first.basis, first.level
	return p.refresh()
}

// refresh computes the tableau from W, so that rounding does not pile up.
func (p *program) refresh() bool {
	p.pivots = 0
	basis, all := mat.NewDense(p.rows, p.rows, nil), mat.NewDense(p.rows, p.cols+1, nil)
	for i, row := range p.w {
		for k, j := range p.basis {
			basis.Set(i, k, row[j])
		}
		for j, v := range row {
			all.Set(i, j, v)
		}
		all.Set(i, p.cols, p.right[i])
	}
	var lu mat.LU
	lu.Factorize(basis)
	if !(lu.Cond() < singular) || lu.SolveTo(all, false, all) != nil {
		return false
	}
	for i := range p.tableau {
		copy(p.tableau[i], all.RawRowView(i))
		p.level[i] = math.Max(all.At(i, p.cols), 0)
	}
	return true
}

// maximise returns the largest y·γ and writes its γ.
func (p *program) maximise(y, gamma []float64) float64 {
	if p.pivots > refreshPivots {
		p.refresh()
	}
	p.climb(y)
	clear(gamma)
	var value float64
	for i, j := range p.basis {
		gamma[j] = p.level[i]
		value += y[j] * p.level[i]
	}
	return value
}

// climb moves from vertex to vertex until none is better, and returns the value.
func (p *program) climb(y []float64) float64 {
	size := 0.0
	for _, v := range y {
		size = math.Max(size, math.Abs(v))
	}
	limit := 20 * (p.cols + p.rows)
	for step := 0; step < 50*limit; step++ {
		j := p.enter(y, optimal*size, step > limit)
		if j < 0 {
			break
		}
		i := p.leave(j)
		if i < 0 {
			return math.Inf(1)
		}
		p.pivot(i, j)
	}
	var value float64
	for i, j := range p.basis {
		value += y[j] * p.level[i]
	}
	return value
}

// enter chooses a column that gains, the one that gains most or, by Bland, the first.
func (p *program) enter(y []float64, floor float64, bland bool) int {
	best, most := -1, floor
	for j := range p.cols {
		gain := y[j]
		for i, b := range p.basis {
			gain -= y[b] * p.tableau[i][j]
		}
		if gain > most {
			if best, most = j, gain; bland {
				break
			}
		}
	}
	return best
}

// leave chooses the row whose basic variable first reaches 0; of equals the one of
// the lowest column.
func (p *program) leave(j int) int {
	best, least := -1, math.Inf(1)
	for i := range p.basis {
		if p.tableau[i][j] <= pivotFloor {
			continue
		}
		ratio := math.Max(p.level[i], 0) / p.tableau[i][j]
		if ratio < least || ratio == least && p.basis[i] < p.basis[best] {
			best, least = i, ratio
		}
	}
	return best
}

func (p *program) pivot(row, col int) {
	p.pivots++
	scale := 1 / p.tableau[row][col]
	for j := range p.tableau[row] {
		p.tableau[row][j] *= scale
	}
	p.level[row] = math.Max(p.level[row]*scale, 0)
	for i := range p.tableau {
		factor := p.tableau[i][col]
		if i == row || factor == 0 {
			continue
		}
		for j, v := range p.tableau[row] {
			p.tableau[i][j] -= factor * v
		}
		p.level[i] = math.Max(p.level[i]-factor*p.level[row], 0)
	}
	p.basis[row] = col
}
