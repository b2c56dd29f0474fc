package survival

// riskTable counts, at one time, the weight at risk, having the event and
// censored in each of k groups.
type riskTable struct {
	time                     float64
	atRisk, events, censored []float64
}

// sweep walks the distinct stop times of rows in ascending order and shows
// visit the risk table at each. The table is reused between calls. group may
// be nil (k = 1).
func sweep(d Data, rows, group []int, k int, visit func(*riskTable)) {
	byStop := ascending(rows, d.Stop)
	byStart := byStop
	if d.Start != nil {
		byStart = ascending(rows, d.Start)
	}
	table := riskTable{atRisk: make([]float64, k), events: make([]float64, k), censored: make([]float64, k)}
	of := func(i int) int {
		if group == nil {
			return 0
		}
		return group[i]
	}
	entered := 0
	for from := 0; from < len(byStop); {
		table.time = d.Stop[byStop[from]]
		for entered < len(byStart) && d.start(byStart[entered]) < table.time {
			table.atRisk[of(byStart[entered])] += d.weight(byStart[entered])
			entered++
		}
		to := from
		clear(table.events)
		clear(table.censored)
		for to < len(byStop) && d.Stop[byStop[to]] == table.time {
			i := byStop[to]
			if d.Event[i] {
				table.events[of(i)] += d.weight(i)
			} else {
				table.censored[of(i)] += d.weight(i)
			}
			to++
		}
		visit(&table)
		for _, i := range byStop[from:to] {
			table.atRisk[of(i)] -= d.weight(i)
		}
		from = to
	}
}
