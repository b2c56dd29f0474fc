package did_test

import (
	"context"
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/did"
)

// Castle-doctrine laws (Cheng and Hoekstra 2013, J. Human Resources 48:821-854):
// 50 states over 11 years, cohorts as small as one state.
func TestCastleDoctrineMatchesDid(t *testing.T) {
	type castleRun struct {
		rGroupTime
		Simple, Dynamic, Calendar rAggregate
		ByGroup                   rAggregate `json:"group_agg"`
	}
	var ref struct {
		Never  castleRun `json:"cs_never"`
		NotYet castleRun `json:"cs_notyet"`
	}
	reference.JSON(t, reference.Path(t, "castle", "reference-castle.json"), &ref)
	c := reference.CSV(t, reference.Path(t, "castle", "castle.csv"))
	sid, year, post := c.Ints(t, "sid"), c.Ints(t, "year"), c.Floats(t, "post")
	adopted := make(map[int]int) // state → first year with the law in force
	for i, s := range sid {
		if post[i] > 0 && (adopted[s] == 0 || year[i] < adopted[s]) {
			adopted[s] = year[i]
		}
	}
	start := make([]int, len(sid))
	for i, s := range sid {
		start[i] = adopted[s]
	}
	p := unitPanel(t, sid, year, start, c.Floats(t, "l_homicide"), nil)
	for _, tt := range []struct {
		name    string
		control did.Control
		want    castleRun
	}{{"never", did.NeverTreated, ref.Never}, {"not yet", did.NotYetTreated, ref.NotYet}} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := did.Estimate(context.Background(), p, did.Options{Control: tt.control})
			if err != nil {
				t.Fatal(err)
			}
			checkCells(t, r.Cells, tt.want.rGroupTime, 1e-8)
			checkAggregate(t, "simple", r, tt.want.Simple, 1e-8)
			checkAggregate(t, "dynamic", r, tt.want.Dynamic, 1e-8)
			checkAggregate(t, "group", r, tt.want.ByGroup, 1e-8)
			checkAggregate(t, "calendar", r, tt.want.Calendar, 1e-8)
		})
	}
}
