package study

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// seriesOf has one account in each row, a denominator of den in every month.
func seriesOf(den float64, num ...[]float64) *series {
	s := &series{months: window{0, month(len(num[0]))}, num: num, den: grid(len(num), len(num[0]))}
	for i := range s.den {
		for k := range s.den[i] {
			s.den[i][k] = den
		}
	}
	return s
}

func TestMonthsBeforeTheFirstRecordAreNotZero(t *testing.T) {
	// At 6 per account-month, two months of one account should have brought 12.
	s := seriesOf(1, []float64{0, 0, 6, 6, 6, 0, 0})
	notes := s.unsilence()
	if len(notes) != 2 {
		t.Errorf("notes are %q, want one for each end", notes)
	}
	if diff := cmp.Diff([]float64{0, 0, 1, 1, 1, 0, 0}, s.den[0]); diff != "" {
		t.Error(diff)
	}
}

func TestRareEventsMayBeginWithZeros(t *testing.T) {
	// Two in four months: two silent months would have brought one, which is chance.
	s := seriesOf(1, []float64{0, 0, 1, 0, 1, 0})
	if notes := s.unsilence(); len(notes) != 0 || s.den[0][0] != 1 {
		t.Errorf("notes are %q and the first month weighs %v", notes, s.den[0][0])
	}
}

func TestAKPIThatIsZeroStaysZero(t *testing.T) {
	s := seriesOf(100, []float64{0, 0, 0})
	if notes := s.unsilence(); len(notes) != 0 || s.den[0][1] != 100 {
		t.Errorf("notes are %q", notes)
	}
}
