package did

import (
	"context"
	"math"
	"math/bits"
	"math/rand/v2"
	"runtime"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat/distuv"
)

// The multiplier bootstrap perturbs an estimate by (1/n) Σ ξᵢ·IFᵢ with independent
// ξ of mean 0 and variance 1, one per unit or cluster (Callaway and Sant'Anna 2021,
// algorithm 1).
//
// All cells and shares are perturbed by the same draws, so every average's draws
// are combinations of theirs. Rows are taken in blocks of 8: the 256 possible sums
// of a block are computed once, and a draw looks its sum up, which makes eight
// additions one.

const (
	blockRows  = 8
	blockSums  = 1 << blockRows
	tileWidth  = 32   // columns worked on together
	batchDraws = 2048 // draws worked on together
	partitions = 16   // fixed, so that sums do not depend on GOMAXPROCS
)

// points are the two values of a multiplier: low, and low + step.
type points struct {
	low, step float64
}

const sqrt5 = 2*math.Phi - 1

func (m Multiplier) points() points {
	if m == Mammen {
		return points{low: 1 - math.Phi, step: sqrt5}
	}
	return points{low: -1, step: 2}
}

// mammenHigh is the probability of Mammen's higher point, (√5−1)/(2√5), in units
// of 2⁻³².
const mammenHigh = uint32(1187099765)

// pick draws which rows of a block get the higher point.
func (m Multiplier) pick(stream *rand.PCG) uint8 {
	if m == Rademacher {
		return uint8(stream.Uint64() >> 56)
	}
	var pick uint8
	for i := 0; i < blockRows; i += 2 {
		u := stream.Uint64()
		if uint32(u) < mammenHigh {
			pick |= 1 << i
		}
		if uint32(u>>32) < mammenHigh {
			pick |= 2 << i
		}
	}
	return pick
}

// draws are the perturbations of the cells, then of the shares: row-major,
// count × width.
type draws struct {
	count, width int
	values       []float64
}

// bootstrap draws the perturbations and sets the cells' uniform intervals.
func (r *GroupTime) bootstrap(ctx context.Context) error {
	columns := slices.Clone(r.influences)
	for _, s := range r.shares {
		columns = append(columns, s.influence)
	}
	d := &draws{count: r.options.Draws, width: len(columns)}
	d.values = make([]float64, d.count*d.width)
	for from := 0; from < d.count; from += batchDraws {
		to := min(from+batchDraws, d.count)
		picks, err := pickRows(ctx, to-from, r.Clusters, r.options)
		if err != nil {
			return err
		}
		for first := 0; first < len(columns); first += tileWidth {
			tile := columns[first:min(first+tileWidth, len(columns))]
			if err := d.perturb(ctx, picks, tile, from, first, r.Units); err != nil {
				return err
			}
		}
	}
	r.boot = d
	r.bandCells()
	return nil
}

// picks says which rows get the higher point: a byte for each block and draw,
// [block][draw], with a bit per row.
type picks struct {
	points
	draws, blocks int
	bytes         []uint8
}

// pickRows draws the points. Every draw has its own stream, seeded from the source.
func pickRows(ctx context.Context, count, rows int, o Options) (picks, error) {
	p := picks{points: o.Multiplier.points(), draws: count, blocks: (rows + blockRows - 1) / blockRows}
	source, m := o.Source, o.Multiplier
	p.bytes = make([]uint8, p.draws*p.blocks)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	const together = 64 // a cache line of draws, so that workers do not share one
	for from := 0; from < count; from += together {
		streams := make([]*rand.PCG, min(together, count-from))
		for d := range streams {
			streams[d] = rand.NewPCG(source.Uint64(), source.Uint64())
		}
		group.Go(func() error {
			for b := range p.blocks {
				if b%4096 == 0 && ctx.Err() != nil {
					return ctx.Err()
				}
				for d, stream := range streams {
					p.bytes[b*p.draws+from+d] = m.pick(stream)
				}
			}
			return nil
		})
	}
	return p, group.Wait()
}

// perturb computes the draws [from, …) of the columns of a tile, whose first is
// column first.
func (d *draws) perturb(ctx context.Context, p picks, tile []influence, from, first, units int) error {
	parts := make([][][tileWidth]float64, partitions)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range parts {
		group.Go(func() error {
			parts[i] = p.sum(tile, i*p.blocks/partitions, (i+1)*p.blocks/partitions)
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	d.join(p, tile, parts, from, first, units)
	return nil
}

// join adds the partitions' sums up, draw by draw, into the perturbations.
func (d *draws) join(p picks, tile []influence, parts [][][tileWidth]float64, from, first, units int) {
	var low [tileWidth]float64
	for c, inf := range tile {
		for _, s := range inf {
			low[c] += sum(s.values)
		}
		low[c] *= p.low
	}
	for k := range p.draws {
		var high [tileWidth]float64
		for _, part := range parts {
			for c, v := range &part[k] {
				high[c] += v
			}
		}
		row := d.values[(from+k)*d.width+first:]
		for c := range tile {
			row[c] = (low[c] + p.step*high[c]) / float64(units)
		}
	}
}

// sum adds up, for every draw, the picked rows of the blocks [from, to).
func (p picks) sum(tile []influence, from, to int) [][tileWidth]float64 {
	out := make([][tileWidth]float64, p.draws)
	var sums [blockSums][tileWidth]float64
	for b := from; b < to; b++ {
		var rows [blockRows][tileWidth]float64
		if !gather(&rows, tile, b*blockRows) {
			continue
		}
		for s := 1; s < blockSums; s++ {
			rest, row := &sums[s&(s-1)], &rows[bits.TrailingZeros8(uint8(s))]
			for c := range rest {
				sums[s][c] = rest[c] + row[c]
			}
		}
		for k, pick := range p.bytes[b*p.draws : (b+1)*p.draws] {
			to, add := &out[k], &sums[pick]
			for c := range to {
				to[c] += add[c]
			}
		}
	}
	return out
}

// gather copies the values of a block's rows and says whether there are any.
func gather(rows *[blockRows][tileWidth]float64, tile []influence, first int) bool {
	some := false
	for c, inf := range tile {
		next := 0 // the first span that does not end before the block
		if len(inf) > 2 {
			next, _ = slices.BinarySearchFunc(inf, first, func(s span, row int) int { return s.from + len(s.values) - 1 - row })
		}
		for _, s := range inf[next:] {
			if s.from >= first+blockRows {
				break
			}
			for i := max(first, s.from); i < min(first+blockRows, s.from+len(s.values)); i++ {
				rows[i-first][c] = s.values[i-s.from]
				some = true
			}
		}
	}
	return some
}

// of is the perturbation of a form in every draw.
func (d *draws) of(f form) []float64 {
	out := make([]float64, d.count)
	cells := d.width - len(f.shares)
	if f.shares == nil {
		cells = len(f.cells)
	}
	type part struct {
		at     int
		weight float64
	}
	var parts []part // most averages take few of the cells
	for i, w := range f.cells {
		if w != 0 {
			parts = append(parts, part{i, w})
		}
	}
	for g, w := range f.shares {
		parts = append(parts, part{cells + g, w})
	}
	for k := range out {
		row := d.values[k*d.width : (k+1)*d.width]
		for _, p := range parts {
			out[k] += p.weight * row[p.at]
		}
	}
	return out
}

// spreadOf is the standard deviation of a normal distribution with the draws'
// interquartile range. sorted is in order; quartiles are order statistics.
func spreadOf(sorted []float64) float64 {
	width := distuv.UnitNormal.Quantile(.75) - distuv.UnitNormal.Quantile(.25)
	return (quantile(sorted, .75) - quantile(sorted, .25)) / width
}

// quantile is the smallest value with at least a share p at or below it.
func quantile(sorted []float64, p float64) float64 {
	return sorted[max(int(math.Ceil(p*float64(len(sorted))-1e-9)), 1)-1]
}

// supremum collects statistics until it has seen, for each draw, the largest
// number of standard errors by which any of them is off.
type supremum []float64

// add returns the bootstrap standard error of a statistic.
func (m supremum) add(perturbations []float64) float64 {
	sorted := slices.Clone(perturbations)
	slices.Sort(sorted)
	se := spreadOf(sorted)
	if se > 0 {
		for k, b := range perturbations {
			m[k] = math.Max(m[k], math.Abs(b)/se)
		}
	}
	return se
}

// collect adds n statistics up on all processors. perturbations gives one's
// draws; nil leaves it out, with a standard error of 0.
func collect(draws, n int, perturbations func(i int) []float64) (supremum, []float64) {
	all, se := make(supremum, draws), make([]float64, n)
	workers := min(runtime.GOMAXPROCS(0), max(n, 1))
	sups := make([]supremum, workers)
	var group errgroup.Group
	for w := range workers {
		sups[w] = make(supremum, draws)
		group.Go(func() error {
			for i := w; i < n; i += workers {
				if p := perturbations(i); p != nil {
					se[i] = sups[w].add(p)
				}
			}
			return nil
		})
	}
	_ = group.Wait() // no error
	for _, sup := range sups {
		for k, v := range sup {
			all[k] = math.Max(all[k], v)
		}
	}
	return all, se
}

// critical is the number of standard errors that all statistics stay within with
// probability level, and at least the pointwise number.
func (m supremum) critical(level float64) float64 {
	slices.Sort(m)
	return math.Max(quantile(m, level), stat.Critical(level))
}

// bandCells sets the uniform intervals of the cells.
func (r *GroupTime) bandCells() {
	sup, se := collect(r.boot.count, len(r.Cells), func(i int) []float64 {
		if r.Cells[i].SE == 0 {
			return nil
		}
		column := make([]float64, r.boot.count)
		for k := range column {
			column[k] = r.boot.values[k*r.boot.width+i]
		}
		return column
	})
	r.Critical = sup.critical(r.options.Level)
	for i := range r.Cells {
		if se[i] > 0 {
			r.Cells[i].Uniform = around(r.Cells[i].ATT, se[i], r.Critical, r.options.Level)
		}
	}
}

// band sets what the bootstrap adds to an aggregate.
func (a *Aggregate) band(r *GroupTime, overall form, forms []form) {
	sup, se := collect(r.boot.count, len(a.Effects), func(i int) []float64 {
		if a.Effects[i].SE > 0 {
			return r.boot.of(forms[i])
		}
		return nil
	})
	for i := range a.Effects {
		a.Effects[i].BootstrapSE = se[i]
	}
	if len(forms) > 0 {
		a.Critical = sup.critical(r.options.Level)
	}
	for i, e := range a.Effects {
		if e.BootstrapSE > 0 {
			a.Effects[i].Uniform = around(e.ATT, e.BootstrapSE, a.Critical, r.options.Level)
		}
	}
	a.Draws = r.boot.of(overall)
	a.Overall.BootstrapSE = make(supremum, len(a.Draws)).add(a.Draws)
	floats.AddConst(a.Overall.ATT, a.Draws)
}
