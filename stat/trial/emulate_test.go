package trial

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

type entryCase struct {
	name string
	unit Unit
	opt  Options
	want []entry // period, treated, follow, event
}

// entryCases are by hand, horizon 3, periods 0 … 9.
func entryCases() []entryCase {
	return []entryCase{
		{
			name: "treated in 3, censored: control before, treated once, nothing after",
			unit: Unit{Entry: 0, Exit: 9, Treated: 3},
			want: []entry{{period: 1, follow: 3}, {period: 2, follow: 3}, {period: 3, treated: true, follow: 3}},
		},
		{
			name: "event in 4: not in trial 4, for it must be event-free at its end",
			unit: Unit{Entry: 0, Exit: 4, Event: true, Treated: Never},
			want: []entry{{period: 1, follow: 3, event: true}, {period: 2, follow: 2, event: true}, {period: 3, follow: 1, event: true}},
		},
		{
			name: "event in the period of treatment: never in the treated arm",
			unit: Unit{Entry: 0, Exit: 3, Event: true, Treated: 3},
			want: []entry{{period: 1, follow: 2, event: true}, {period: 2, follow: 1, event: true}},
		},
		{
			name: "tenure of three",
			unit: Unit{Entry: 2, Exit: 6, Treated: Never}, opt: Options{MinTenure: 3},
			want: []entry{{period: 5, follow: 1}, {period: 6, follow: 0}},
		},
		{
			name: "a unit since before the panel",
			unit: Unit{Entry: -5, Exit: 1, Treated: Never}, opt: Options{MinTenure: 6},
			want: []entry{{period: 1, follow: 0}},
		},
		{
			name: "sustained: a control ends with the period in which it starts",
			unit: Unit{Entry: 0, Exit: 4, Event: true, Treated: 3}, opt: Options{Strategy: Sustained},
			want: []entry{{period: 1, follow: 2}, {period: 2, follow: 1}, {period: 3, treated: true, follow: 1, event: true}},
		},
		{
			name: "treated before the panel",
			unit: Unit{Entry: -5, Exit: 9, Treated: -2},
			want: nil,
		},
	}
}

func TestEligibilityIsTheContract(t *testing.T) {
	for _, tt := range entryCases() {
		t.Run(tt.name, func(t *testing.T) {
			tt.opt.Horizon = 3
			opt, err := tt.opt.withDefaults(10)
			if err != nil {
				t.Fatal(err)
			}
			e := &emulation{panel: Panel{Units: []Unit{tt.unit}, Periods: 10}, opt: opt}
			var got []entry
			for m := opt.First; m <= opt.Last; m++ {
				if e.eligible(0, m) {
					got = append(got, e.enter(0, m))
				}
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(entry{})); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
		})
	}
}
