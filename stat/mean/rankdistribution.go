package mean

// counts is the exact distribution of a rank statistic without ties, symmetric
// about the middle: counts[v] of the equally likely orders give v.
type counts []float64

// winsDistribution is that of wins for samples of m and n, by Mann and
// Whitney's recursion on the largest value of all.
func winsDistribution(m, n int) counts {
	rows := make([]counts, n+1) // rows[j]: samples of i and j
	for j := range rows {
		rows[j] = make(counts, m*n+1)
		rows[j][0] = 1 // i = 0: nobody wins
	}
	for range m {
		for j := 1; j <= n; j++ { // rows[0] stays: nobody to win against
			next := make(counts, m*n+1)
			for w := range next {
				next[w] = rows[j-1][w] // the largest is in the second sample
				if w >= j {
					next[w] += rows[j][w-j] // in the first: it wins j times
				}
			}
			rows[j] = next
		}
	}
	return rows[n]
}

// signedDistribution is that of the sum of the ranks 1 to n with positive sign.
func signedDistribution(n int) counts {
	c := make(counts, n*(n+1)/2+1)
	c[0] = 1
	for rank := 1; rank <= n; rank++ {
		for v := len(c) - 1; v >= rank; v-- {
			c[v] += c[v-rank]
		}
	}
	return c
}

// upTo is the chance of v or less.
func (c counts) upTo(v int) float64 {
	below, total := 0.0, 0.0
	for i, n := range c {
		total += n
		if i <= v {
			below += n
		}
	}
	return below / total
}

// twoSided doubles the smaller tail that includes v.
func (c counts) twoSided(v int) float64 {
	return min(1, 2*c.upTo(min(v, len(c)-1-v)))
}

// quantile is the smallest v with a chance of at least p of v or less.
func (c counts) quantile(p float64) int {
	total := 0.0
	for _, n := range c {
		total += n
	}
	below := 0.0
	for v, n := range c {
		if below += n; below >= p*total {
			return v
		}
	}
	return len(c) - 1
}
