package study

import "fmt"

// silenceLimit is how many counts the months before the first record would have
// brought at the later rate, had they been recorded: with ten expected, none at
// all has a chance of 5 in 100,000 (Poisson).
const silenceLimit = 10

// unsilence takes the value from leading and trailing months in which no
// account has anything although the rest of the data would have it otherwise:
// sources begin and end at different times, and what was not recorded yet is
// not zero. It says what it left out, or nothing.
func (s *series) unsilence() []string {
	num, den := s.byMonth()
	first, last := 0, len(num)-1
	for first <= last && num[first] == 0 {
		first++
	}
	for last > first && num[last] == 0 {
		last--
	}
	if first > last {
		return nil // nothing anywhere: a KPI that is zero
	}
	rate := sum(num[first:last+1]) / max(sum(den[first:last+1]), 1)
	var notes []string
	if rate*sum(den[:first]) >= silenceLimit {
		s.clear(0, first)
		notes = append(notes, fmt.Sprintf("The first %s of the data hold nothing of this KPI for any account; they count as not recorded yet, not as zero.", plural(first, "month")))
	}
	if n := len(num) - 1 - last; rate*sum(den[last+1:]) >= silenceLimit {
		s.clear(last+1, len(num))
		notes = append(notes, fmt.Sprintf("The last %s of the data hold nothing of this KPI for any account; they count as not recorded, not as zero.", plural(n, "month")))
	}
	return notes
}

// byMonth adds up all accounts. Values below zero count by their size: a month
// with an answer is not silent.
func (s *series) byMonth() (num, den []float64) {
	num, den = make([]float64, s.months.len()), make([]float64, s.months.len())
	for i := range s.num {
		for k := range s.num[i] {
			num[k] += max(s.num[i][k], -s.num[i][k])
			den[k] += s.den[i][k]
		}
	}
	return num, den
}

// clear takes the value from the months [from, to) of every account.
func (s *series) clear(from, to int) {
	for i := range s.den {
		for k := from; k < to; k++ {
			s.num[i][k], s.den[i][k] = 0, 0
		}
	}
}

func sum(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += v
	}
	return total
}
