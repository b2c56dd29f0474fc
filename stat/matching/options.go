package matching

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Order says which treated unit chooses first, when controls are used once.
type Order int

// The orders.
const (
	LargestFirst  Order = iota // by score, largest first: those hardest to match choose first
	SmallestFirst              // by score, smallest first
	DataOrder                  // by row
	RandomOrder                // by Seed
	ClosestFirst               // the closest pair of all first, then the next
)

// Ties says what happens when more controls are equally near than are needed.
// Scores within a ten-billionth of their standard deviation are equal.
type Ties int

// The rules for ties.
const (
	FirstTie  Ties = iota // those of the lowest row
	RandomTie             // drawn by Seed
	AllTies               // all of them, sharing the weight; only with Replace
)

// CaliperUnit is what a caliper is measured in.
type CaliperUnit int

// The units. Software differs here, and results with it.
const (
	SDOfAll    CaliperUnit = iota // standard deviation of the score over all units, as R's MatchIt
	SDPooled                      // √((s₁² + s₀²)/2) of the arms, as Austin (2011)
	ScoreUnits                    // the score's own unit
)

// Options choose how controls are found. The zero value is the pair matching
// of most software: one control each, used once, largest score first.
type Options struct {
	Ratio   int  // controls for each treated unit; 0 means 1
	Replace bool // controls may be used again
	// Caliper is the largest distance of a match, 0 for no limit.
	Caliper   float64
	CaliperIn CaliperUnit
	Exact     []int // units match only within the same label; nil: no strata
	Order     Order
	Ties      Ties
	// TieTolerance widens what AllTies takes for equally near: squared
	// distances, in variances of the score over all units, that differ by no
	// more. R's Matching has 1e-5.
	TieTolerance float64
	Seed         uint64
}

func (o Options) mustFit(n int, scalar bool) {
	switch {
	case o.Ratio < 0, o.Caliper < 0, math.IsNaN(o.Caliper), o.TieTolerance < 0, math.IsNaN(o.TieTolerance),
		o.Order < LargestFirst, o.Order > ClosestFirst, o.Ties < FirstTie, o.Ties > AllTies, o.CaliperIn < SDOfAll, o.CaliperIn > ScoreUnits:
		panic(fmt.Sprintf("matching: options out of range: %+v", o))
	case o.Exact != nil && len(o.Exact) != n:
		panic(fmt.Sprintf("matching: %d strata for %d units", len(o.Exact), n))
	case o.Ties == AllTies && !o.Replace:
		panic("matching: controls used once cannot be shared by ties")
	case !scalar && o.Order <= SmallestFirst && !o.Replace:
		panic("matching: distances have no largest score: use DataOrder, RandomOrder or ClosestFirst")
	}
}

func (o Options) ratio() int { return max(o.Ratio, 1) }

// checkArms asks for two units in each arm.
func checkArms(treated []bool) error {
	var n [2]int
	for _, t := range treated {
		n[arm(t)]++
	}
	if n[0] < 2 || n[1] < 2 {
		return fmt.Errorf("%d treated and %d controls: %w", n[1], n[0], stat.ErrTooFew)
	}
	return nil
}

func checkFinite(what string, x []float64) error {
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s of row %d: %w", what, i, stat.ErrNotFinite)
		}
	}
	return nil
}

func arm(treated bool) int {
	if treated {
		return 1
	}
	return 0
}
