package did

import "slices"

// calendar numbers the distinct periods of a panel in order.
type calendar struct {
	sorted []int
	first  int
	table  []int32 // period − first → number; nil when periods are too far apart
}

// widestTable bounds the memory of a calendar's table.
const widestTable = 1 << 20

func newCalendar(periods []int) calendar {
	if len(periods) == 0 {
		return calendar{}
	}
	first, last := slices.Min(periods), slices.Max(periods)
	if uint64(last)-uint64(first) >= widestTable {
		sorted := slices.Clone(periods)
		slices.Sort(sorted)
		return calendar{sorted: slices.Clip(slices.Compact(sorted))}
	}
	c := calendar{first: first, table: make([]int32, last-first+1)}
	for _, t := range periods {
		c.table[t-first] = 1
	}
	for offset, present := range c.table {
		if present == 1 {
			c.table[offset] = int32(len(c.sorted))
			c.sorted = append(c.sorted, first+offset)
		}
	}
	return c
}

// index is the number of a period that the calendar holds.
func (c calendar) index(period int) int {
	if c.table != nil {
		return int(c.table[period-c.first])
	}
	i, _ := slices.BinarySearch(c.sorted, period)
	return i
}
