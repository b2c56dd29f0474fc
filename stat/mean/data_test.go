package mean_test

import (
	"compress/gzip"
	"encoding/csv"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/reference"
)

// cookieCats reads the rounds of players whose gate was moved to level 40, and
// of the others.
func cookieCats(t *testing.T) (treated, control []float64) {
	t.Helper()
	file, err := os.Open(reference.Path(t, "cookie-cats/cookie_cats.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	plain, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(plain).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		rounds, err := strconv.ParseFloat(row[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		if row[1] == "gate_40" {
			treated = append(treated, rounds)
		} else {
			control = append(control, rounds)
		}
	}
	return treated, control
}

// helpdeskHours reads hours from a ticket's first to its last event, of tickets
// opened before 2012 and later.
func helpdeskHours(t *testing.T) (early, late []float64) {
	t.Helper()
	rows := reference.CSV(t, reference.Path(t, "helpdesk-tickets/helpdesk.csv"))
	first, last := map[string]time.Time{}, map[string]time.Time{}
	for i, id := range rows["CaseID"] {
		at, err := time.Parse(time.DateTime, rows["CompleteTimestamp"][i])
		if err != nil {
			t.Fatal(err)
		}
		if was, ok := first[id]; !ok || at.Before(was) {
			first[id] = at
		}
		if was, ok := last[id]; !ok || at.After(was) {
			last[id] = at
		}
	}
	year2012 := time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC)
	for id, opened := range first {
		hours := last[id].Sub(opened).Hours()
		if opened.Before(year2012) {
			early = append(early, hours)
		} else {
			late = append(late, hours)
		}
	}
	return early, late
}
