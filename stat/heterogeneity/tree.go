package heterogeneity

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// TreeRules say when a tree stops growing. The zero value is a depth of 3 and
// leaves of 25.
type TreeRules struct {
	MaxDepth int // splits from the root to a leaf; 0: 3
	MinLeaf  int // rows in a leaf; 0: 25
	// MinGain is the least share of the root's sum of squares that a split must
	// remove; 0: any gain.
	MinGain float64
}

func (r TreeRules) filled() TreeRules {
	if r.MaxDepth == 0 {
		r.MaxDepth = 3
	}
	if r.MinLeaf == 0 {
		r.MinLeaf = 25
	}
	return r
}

// Tree is a regression tree: yes/no questions about one column each, then a
// mean.
type Tree struct {
	nodes []treeNode
}

// treeNode is a split (rows with value < at go left), or a leaf (column -1).
type treeNode struct {
	column      int
	at, value   float64 // value: mean outcome of its rows
	n           int
	left, right int
}

// GrowTree grows a regression tree by recursive binary splits that remove most
// of the sum of squares, half-way between neighbouring values; of equal splits
// the first column's lowest. Nothing is pruned. Work is linear in rows × columns
// × depth after one sort.
//
// Errors: ErrTooFew with fewer than two leaves' worth of rows; ErrNotFinite
// naming row and column; ErrInvalid for negative rules. A tree without a split
// is no error. GrowTree panics if lengths differ.
//
// Source: Breiman, Friedman, Olshen and Stone (1984), Classification and
// Regression Trees, ch. 8.
func GrowTree(y []float64, x regression.Design, rules TreeRules) (*Tree, error) {
	if len(y) != x.Rows {
		panic(fmt.Sprintf("heterogeneity: %d outcomes, %d rows", len(y), x.Rows))
	}
	rules = rules.filled()
	if rules.MaxDepth < 0 || rules.MinLeaf < 1 || !(rules.MinGain >= 0) {
		return nil, fmt.Errorf("tree of depth %d with leaves of %d and gain %v: %w", rules.MaxDepth, rules.MinLeaf, rules.MinGain, stat.ErrInvalid)
	}
	if x.Rows < 2*rules.MinLeaf {
		return nil, fmt.Errorf("tree of %d rows with leaves of %d: %w", x.Rows, rules.MinLeaf, stat.ErrTooFew)
	}
	if err := checkRows(y, x); err != nil {
		return nil, err
	}
	g := &grower{y: y, x: x, rules: rules, tree: &Tree{}, side: make([]bool, x.Rows), spare: make([]int, x.Rows)}
	g.order = make([][]int, x.Cols)
	for c := range g.order {
		g.order[c] = sorted(x, c)
	}
	g.least = rules.MinGain * g.sumOfSquares()
	g.grow(0, x.Rows, 0)
	return g.tree, nil
}

func checkRows(y []float64, x regression.Design) error {
	for i, v := range y {
		if math.IsNaN(v) || math.Abs(v) > 1e150 {
			return fmt.Errorf("outcome of row %d is %v: %w", i, v, stat.ErrNotFinite)
		}
	}
	for k, v := range x.Values {
		if math.IsNaN(v) || math.Abs(v) > 1e150 {
			return fmt.Errorf("covariate %d of row %d is %v: %w", k%x.Cols, k/x.Cols, v, stat.ErrNotFinite)
		}
	}
	return nil
}

func sorted(x regression.Design, c int) []int {
	order := make([]int, x.Rows)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		if d := cmp.Compare(x.Values[a*x.Cols+c], x.Values[b*x.Cols+c]); d != 0 {
			return d
		}
		return a - b
	})
	return order
}

// grower holds, for each column, the rows of every node as a run of that
// column's order.
type grower struct {
	y     []float64
	x     regression.Design
	rules TreeRules
	tree  *Tree
	order [][]int
	side  []bool // of a row at the current split: left
	spare []int
	least float64
}

// rows of a node, in the order of column 0 (any will do); without columns all.
func (g *grower) rows(from, to int) []int {
	if len(g.order) > 0 {
		return g.order[0][from:to]
	}
	all := make([]int, to-from)
	for i := range all {
		all[i] = from + i
	}
	return all
}

func (g *grower) sumOfSquares() float64 {
	mean, sum := g.mean(0, len(g.y)), 0.0
	for _, v := range g.y {
		sum += (v - mean) * (v - mean)
	}
	return sum
}

func (g *grower) mean(from, to int) float64 {
	var sum float64
	for _, r := range g.rows(from, to) {
		sum += g.y[r]
	}
	return sum / float64(to-from)
}

// split is where to cut a node.
type split struct {
	column, left int // rows that go left
	at, gain     float64
}

// grow adds the node of rows [from, to) and those below, and returns its index.
func (g *grower) grow(from, to, depth int) int {
	id := len(g.tree.nodes)
	mean := g.mean(from, to)
	g.tree.nodes = append(g.tree.nodes, treeNode{column: -1, value: mean, n: to - from})
	if depth == g.rules.MaxDepth || to-from < 2*g.rules.MinLeaf {
		return id
	}
	best := split{column: -1, gain: math.Max(g.least, 1e-14*g.scale(from, to, mean))}
	for c := range g.order {
		g.search(c, from, to, mean, &best)
	}
	if best.column < 0 {
		return id
	}
	g.partition(best, from, to)
	left := g.grow(from, from+best.left, depth+1)
	right := g.grow(from+best.left, to, depth+1)
	n := &g.tree.nodes[id]
	n.column, n.at, n.left, n.right = best.column, best.at, left, right
	return id
}

// scale is the node's sum of squares: gains below its rounding are none.
func (g *grower) scale(from, to int, mean float64) float64 {
	var sum float64
	for _, r := range g.rows(from, to) {
		sum += (g.y[r] - mean) * (g.y[r] - mean)
	}
	return sum
}

// search finds the cut of a column that gains more than the best so far.
func (g *grower) search(c, from, to int, mean float64, best *split) {
	run := g.order[c][from:to]
	var sum float64
	n := float64(len(run))
	for k := 1; k < len(run); k++ {
		sum += g.y[run[k-1]] - mean
		if k < g.rules.MinLeaf || len(run)-k < g.rules.MinLeaf {
			continue
		}
		low, high := g.x.Values[run[k-1]*g.x.Cols+c], g.x.Values[run[k]*g.x.Cols+c]
		if low == high {
			continue
		}
		left := float64(k)
		if gain := sum * sum * n / (left * (n - left)); gain > best.gain*(1+1e-12) {
			*best = split{column: c, left: k, at: low + (high-low)/2, gain: gain}
		}
	}
	if best.column == c && best.at <= g.x.Values[run[best.left-1]*g.x.Cols+c] {
		best.at = g.x.Values[run[best.left]*g.x.Cols+c] // neighbours without a number between
	}
}

// partition moves, in every column's order, the rows that go left before the
// others, keeping their order.
func (g *grower) partition(s split, from, to int) {
	for k, r := range g.order[s.column][from:to] {
		g.side[r] = k < s.left
	}
	for _, order := range g.order {
		run, rest, kept := order[from:to], g.spare[:0], 0
		for _, r := range run {
			if g.side[r] {
				run[kept] = r
				kept++
			} else {
				rest = append(rest, r)
			}
		}
		copy(run[kept:], rest)
	}
}

// Predict is the mean of the leaf that a row, of as many columns as the tree
// grew on, falls into.
func (t *Tree) Predict(row []float64) float64 { return t.nodes[t.leaf(row)].value }

func (t *Tree) leaf(row []float64) int {
	i := 0
	for t.nodes[i].column >= 0 {
		if n := t.nodes[i]; row[n.column] < n.at {
			i = n.left
		} else {
			i = n.right
		}
	}
	return i
}

// Leaves counts the tree's leaves.
func (t *Tree) Leaves() int {
	count := 0
	for _, n := range t.nodes {
		if n.column < 0 {
			count++
		}
	}
	return count
}

// Splits are the tree's questions from the root down, left before right: rows
// with a value of the column below At go left.
func (t *Tree) Splits() []Split {
	var out []Split
	for _, n := range t.nodes {
		if n.column >= 0 {
			out = append(out, Split{Column: n.column, At: n.at, N: n.n})
		}
	}
	return out
}

// Split is a question of a tree about N rows.
type Split struct {
	Column int
	At     float64
	N      int
}

// Honest is the same tree with means of other rows than those that chose its
// splits, which makes its predictions unbiased. A leaf without any of them
// takes the mean of the nearest node above that has some.
//
// Errors: ErrTooFew without rows, ErrNotFinite. Honest panics if lengths differ.
//
// Source: Athey and Imbens (2016), PNAS 113:7353-7360.
func (t *Tree) Honest(y []float64, x regression.Design) (*Tree, error) {
	if len(y) != x.Rows {
		panic(fmt.Sprintf("heterogeneity: %d outcomes, %d rows", len(y), x.Rows))
	}
	if len(y) == 0 {
		return nil, fmt.Errorf("honest means of no rows: %w", stat.ErrTooFew)
	}
	if err := checkRows(y, x); err != nil {
		return nil, err
	}
	out := &Tree{nodes: slices.Clone(t.nodes)}
	for i := range out.nodes {
		out.nodes[i].value, out.nodes[i].n = 0, 0
	}
	for r := range x.Rows {
		for i := 0; ; {
			n := &out.nodes[i]
			n.n++
			n.value += (y[r] - n.value) / float64(n.n)
			if n.column < 0 {
				break
			}
			if x.Row(r)[n.column] < n.at {
				i = n.left
			} else {
				i = n.right
			}
		}
	}
	for i := range out.nodes { // parents come before children
		if n := out.nodes[i]; n.column >= 0 {
			for _, child := range []int{n.left, n.right} {
				if out.nodes[child].n == 0 {
					out.nodes[child].value = n.value
				}
			}
		}
	}
	return out, nil
}
