package track_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/track"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// everything is what events became, with all that a mapping could lose.
const everything = `
SELECT 'usage' AS place, event_id, time::VARCHAR, person_id, account_id, feature, quantity::VARCHAR, '' AS more, attributes::VARCHAR FROM usage
UNION ALL SELECT 'learning', event_id, time::VARCHAR, person_id, activity_id, verb, score::VARCHAR, country, attributes::VARCHAR FROM learning
UNION ALL SELECT 'parked', event_id, time::VARCHAR, person_id, account_id, '', '', '', attributes::VARCHAR FROM track_parked
ORDER BY event_id`

func (b *bench) mapEvent(m track.Mapping, changed int64) {
	b.t.Helper()
	if m.Call == "" {
		m.Call = track.Track
	}
	if n, err := b.service.MapEvent(b.t.Context(), m); err != nil || n != changed {
		b.t.Fatalf("%+v: %d changed, want %d; %v", m, n, changed, err)
	}
}

func TestMappingsHoldForThePastAndCanBeTakenBack(t *testing.T) {
	b := newBench(t)
	b.caller.Country = "AT"
	for i := range 3 {
		b.ok("/v1/track", fmt.Sprintf(`{"userId":"u","event":"Old Name","messageId":"m%d","timestamp":"2026-11-2%dT00:00:00Z","groupId":"g","properties":{"quantity":%d,"x":"ä\"'"}}`, i, i, i+1))
	}
	b.ok("/v1/track", `{"userId":"u","event":"Other","messageId":"o"}`)
	b.ok("/v1/page", `{"userId":"u","name":"Old Name","messageId":"p"}`) // the same name, another call
	before := b.rows(everything)

	b.mapEvent(track.Mapping{Name: "Old Name", Feature: "reports"}, 3)
	b.want("SELECT feature, count(*), sum(quantity)::VARCHAR, min(account_id) FROM usage GROUP BY 1 ORDER BY 1",
		[]string{"Old Name", "1", "", ""}, []string{"Other", "1", "", ""}, []string{"reports", "3", "6.0", "g"})
	b.mapEvent(track.Mapping{Name: "Old Name", Feature: "reports"}, 0) // again

	b.mapEvent(track.Mapping{Name: "Old Name", Ignore: true}, 3)
	b.want("SELECT feature FROM usage ORDER BY 1", []string{"Old Name"}, []string{"Other"})
	b.ok("/v1/track", `{"userId":"u","event":"Old Name","messageId":"m3","timestamp":"2026-11-19T00:00:00Z"}`)
	b.ok("/v1/track", `{"userId":"u","event":"Old Name","messageId":"m3","timestamp":"2026-11-19T00:00:00Z"}`)
	b.ok("/v1/track", `{"userId":"u","event":"Old Name","messageId":"m3","timestamp":"2026-11-18T23:59:00Z"}`) // its client reckons anew
	b.want("SELECT count(*) FROM track_parked", []string{"4"})

	b.mapEvent(track.Mapping{Name: "Old Name", Verb: "completed"}, 4)
	b.want("SELECT event_id, person_id, activity_id, verb, country FROM learning ORDER BY 1",
		[]string{"m0", "u", "Old Name", "completed", "AT"}, []string{"m1", "u", "Old Name", "completed", "AT"}, []string{"m2", "u", "Old Name", "completed", "AT"}, []string{"m3", "u", "Old Name", "completed", "AT"})
	b.want("SELECT count(*) FROM track_parked", []string{"0"})
	b.mapEvent(track.Mapping{Name: "Old Name", Verb: "passed"}, 4)
	b.want("SELECT DISTINCT verb FROM learning", []string{"passed"})

	b.restart()
	b.mapEvent(track.Mapping{Name: "Old Name"}, 4)
	after := b.rows(everything)
	after = append(after[:3], after[4:]...) // without m3
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("taken back, the facts are not as before (-before +after):\n%s", diff)
	}
	if list, _ := b.service.Mappings(t.Context()); len(list) != 0 {
		t.Errorf("mappings %v", list)
	}
}

func TestMappingATrainingEventToAFeature(t *testing.T) {
	b := newBench(t)
	b.ok("/v1/track", `{"userId":"u","event":"Lesson Started","messageId":"m","groupId":"g","properties":{"lesson_id":"l","value":2}}`)
	before := b.rows(everything)
	b.mapEvent(track.Mapping{Name: "Lesson Started", Feature: "academy"}, 1)
	b.want("SELECT feature, account_id, quantity::VARCHAR FROM usage", []string{"academy", "g", "2.0"})
	b.mapEvent(track.Mapping{Name: "Lesson Started"}, 1)
	if diff := cmp.Diff(before, b.rows(everything)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// TestManyEventsMove moves more than one portion.
func TestManyEventsMove(t *testing.T) {
	b := newBench(t)
	const n = 5100 // more than a portion
	for i := 0; i < n; {
		var batch []string
		for range 850 {
			batch = append(batch, fmt.Sprintf(`{"type":"track","userId":"u","event":"E","messageId":"%d","timestamp":"2026-11-20T00:00:%02dZ"}`, i, i%7))
			i++
		}
		b.ok("/v1/batch", `{"batch":[`+strings.Join(batch, ",")+`]}`)
	}
	for _, m := range []track.Mapping{{Ignore: true}, {Verb: "viewed"}, {}} {
		m.Name = "E"
		b.mapEvent(m, n)
	}
	b.want("SELECT count(*), count(DISTINCT event_id) FROM usage WHERE feature = 'E'", []string{fmt.Sprint(n), fmt.Sprint(n)})
}

func TestMappingsThatCannotBe(t *testing.T) {
	b := newBench(t)
	for _, m := range []track.Mapping{
		{Call: track.Identify, Name: "E", Ignore: true}, {Call: track.Track, Ignore: true}, {Call: track.Track, Name: "E", Ignore: true, Feature: "f"},
		{Call: track.Track, Name: "E", Verb: "slept"}, {Call: track.Track, Name: strings.Repeat("E", 300), Ignore: true},
	} {
		if _, err := b.service.MapEvent(t.Context(), m); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

// cutting fails from the nth delta on, as a process that ends does.
type cutting struct {
	track.Facts
	left int
}

var errCut = errors.New("cut off")

func (c *cutting) Take(ctx context.Context, d warehouse.Delta) (warehouse.Taken, error) {
	if c.left--; c.left < 0 {
		return warehouse.Taken{}, errCut
	}
	return c.Facts.Take(ctx, d)
}

// TestAMappingThatWasInterruptedIsAppliedAtTheNextStart interrupts every way
// from one place to another after it wrote to the lot.
func TestAMappingThatWasInterruptedIsAppliedAtTheNextStart(t *testing.T) {
	b := newBench(t)
	b.ok("/v1/track", `{"userId":"u","event":"E","messageId":"m"}`)
	whole := b.opt.Facts
	for _, m := range []track.Mapping{{Ignore: true}, {Feature: "f"}, {Verb: "viewed"}, {Ignore: true}, {}} {
		m.Call, m.Name = track.Track, "E"
		b.opt.Facts = &cutting{Facts: whole}
		b.restart()
		if _, err := b.service.MapEvent(t.Context(), m); !errors.Is(err, errCut) {
			t.Fatalf("%+v: %v", m, err)
		}
		b.opt.Facts = whole
		b.restart()
		places := map[bool]string{m.Ignore: "parked", m.Verb != "": "learning"}[true]
		if places == "" {
			places = "usage"
		}
		if rows := b.rows(everything); len(rows) != 1 || rows[0][0] != places {
			t.Errorf("after %+v: %v", m, rows)
		}
	}
}

func TestSeenListsWhatArrived(t *testing.T) {
	b := newBench(t)
	at := func(hours int) string { return noon.Add(-time.Duration(hours) * time.Hour).Format(time.RFC3339) }
	for i, hours := range []int{50, 25, 23, 1} {
		b.ok("/v1/track", fmt.Sprintf(`{"userId":"u","event":"A","messageId":"a%d","timestamp":%q}`, i, at(hours)))
		b.ok("/v1/track", fmt.Sprintf(`{"userId":"u","event":"A","messageId":"a%d","timestamp":%q}`, i, at(hours))) // a repetition
	}
	b.ok("/v1/page", `{"userId":"u","name":"Home","messageId":"p"}`)
	b.ok("/v1/track", `{"userId":"u","event":"Noise","messageId":"n"}`)
	b.ok("/v1/track", `{"userId":"u","event":"Course Started","messageId":"c","properties":{"course_id":"1"}}`)
	b.ok("/v1/identify", `{"userId":"u","messageId":"i"}`)
	b.mapEvent(track.Mapping{Name: "Noise", Ignore: true}, 1)
	if err := b.service.SetPlan(t.Context(), track.Plan{Events: []track.PlannedEvent{{Name: "A"}}}); err != nil {
		t.Fatal(err)
	}
	b.restart()
	got, err := b.service.Seen(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []track.Seen{
		{Call: track.Track, Name: "A", Total: 4, LastDay: 2, FirstSeen: noon.Add(-50 * time.Hour), LastSeen: noon.Add(-time.Hour), CountsAs: "feature", InPlan: true},
		{Call: track.Page, Name: "Home", Total: 1, LastDay: 1, FirstSeen: noon, LastSeen: noon, CountsAs: "feature"},
		{Call: track.Track, Name: "Course Started", Total: 1, LastDay: 1, FirstSeen: noon, LastSeen: noon, CountsAs: "learning"},
		{Call: track.Track, Name: "Noise", Total: 1, LastDay: 1, FirstSeen: noon, LastSeen: noon, CountsAs: "ignored", Mapping: &track.Mapping{Call: track.Track, Name: "Noise", Ignore: true}},
		{Call: track.Identify, Total: 1, LastSeen: noon, CountsAs: "person", InPlan: true},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What was counted before is not read again; the answer is that of a service
// that knows nothing yet.
func TestSeenCountsOnAsIfItCountedAnew(t *testing.T) {
	b := newBench(t)
	seen := func() []track.Seen {
		b.pass(time.Minute)
		list, err := b.service.Seen(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	total := func(want ...string) {
		t.Helper()
		counted := seen()
		var got []string
		for _, e := range counted {
			got = append(got, fmt.Sprint(e.Name, " ", e.Total, " ", e.LastDay, " ", e.CountsAs))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		b.restart()
		if diff := cmp.Diff(seen(), counted); diff != "" {
			t.Errorf("anew it is (-anew +counted on):\n%s", diff)
		}
		seen()
	}
	post := func(name, id string, hours int) {
		at := b.clock().Add(-time.Duration(hours) * time.Hour).Format(time.RFC3339)
		b.ok("/v1/track", fmt.Sprintf(`{"userId":"u%s","event":%q,"messageId":%q,"timestamp":%q}`, id, name, id, at))
	}
	total()
	post("A", "1", 1)
	post("B", "2", 30)
	total("A 1 1 feature", "B 1 0 feature")
	post("B", "3", 50)
	post("B", "3", 50)
	post("A", "4", 23)
	post("A", "5", 2)
	total("A 3 3 feature", "B 2 0 feature")
	b.pass(2 * time.Hour)
	total("A 3 2 feature", "B 2 0 feature")
	b.mapEvent(track.Mapping{Name: "B", Ignore: true}, 2)
	post("B", "6", 0)
	total("A 3 2 feature", "B 3 1 ignored")
	if n, err := b.service.Erase(t.Context(), []string{"u6"}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	total("A 3 2 feature", "B 2 0 ignored")
	b.mapEvent(track.Mapping{Name: "B"}, 2)
	total("A 3 2 feature", "B 2 0 feature")
	b.pass(-time.Hour) // and others take facts away
	if _, err := b.facts.Take(t.Context(), warehouse.Delta{Source: track.Source, Removed: []warehouse.Key{{Fact: "usage", ID: "1"}}}); err != nil {
		t.Fatal(err)
	}
	post("C", "7", 0)
	total("A 2 1 feature", "B 2 0 feature", "C 1 1 feature")
	b.restart()
	b.pass(-time.Hour)
	post("C", "8", 0)
	total("A 2 2 feature", "B 2 0 feature", "C 2 2 feature")
}

func TestStrictModeRefusesWhatIsNotPlanned(t *testing.T) {
	b := newBench(t)
	err := b.service.SetPlan(t.Context(), track.Plan{Strict: true, Events: []track.PlannedEvent{
		{Name: "Report Exported", Properties: []track.PlannedProperty{{Name: "format", Type: "string", Required: true, Values: []string{"pdf", "csv"}}, {Name: "pages", Type: "number"}}},
		{Call: track.Page, Name: "/docs/:id"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	b.restart()
	r := b.send("/v1/batch", `{"batch":[
		{"type":"track","userId":"u","event":"Report Exported","messageId":"0","properties":{"format":"pdf","pages":3}},
		{"type":"track","userId":"u","event":"Report Eksported","messageId":"1"},
		{"type":"track","userId":"u","event":"Report Exported","messageId":"2"},
		{"type":"track","userId":"u","event":"Report Exported","messageId":"3","properties":{"format":"doc"}},
		{"type":"track","userId":"u","event":"Report Exported","messageId":"4","properties":{"format":"csv","pages":"three"}},
		{"type":"page","userId":"u","messageId":"5","properties":{"path":"/docs/12345"}},
		{"type":"screen","userId":"u","name":"Report Exported","messageId":"6"},
		{"type":"identify","userId":"u","messageId":"7"},
		{"type":"track","userId":"u","event":"Report Exported","messageId":"8","properties":{"format":"csv","more":1}}]}`)
	if r.Status != 200 || r.Success || r.Accepted == nil || *r.Accepted != 4 || *r.Refused != 5 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	type said struct {
		Index    int
		ID, Path string
	}
	var got []said
	for _, p := range r.Problems {
		got = append(got, said{p.Index, p.MessageID, p.Path})
		if !p.Refused || p.Rule == "" || p.Remedy == "" {
			t.Errorf("%+v", p)
		}
	}
	want := []said{{1, "1", "$.batch[1].event"}, {2, "2", "$.batch[2].properties.format"}, {3, "3", "$.batch[3].properties.format"}, {4, "4", "$.batch[4].properties.pages"}, {6, "6", "$.batch[6].name"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.want("SELECT event_id FROM usage ORDER BY 1", []string{"0"}, []string{"5"}, []string{"8"})
	if r := b.send("/v1/track", `{"userId":"u","event":"Unplanned"}`); r.Status != 400 || r.Success || len(r.Problems) != 1 {
		t.Errorf("nothing of the request was planned: %d %s", r.Status, r.Body)
	}
}

func TestPlansThatCannotBe(t *testing.T) {
	b := newBench(t)
	err := b.service.SetPlan(t.Context(), track.Plan{Events: []track.PlannedEvent{{Name: "A"}, {Name: "A"}, {}, {Call: track.Group, Name: "G"}, {Name: "P", Properties: []track.PlannedProperty{{Name: "x", Type: "money"}}}}})
	if fault.KindOf(err) != fault.Invalid {
		t.Fatal(err)
	}
	for _, part := range []string{"events[1]", "events[2]", "events[3]", "events[4].properties[0]"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not say what is wrong with %s", err, part)
		}
	}
}

// TestMembershipsFollowTheTimesOfTheEvents shuffles group calls: whatever the
// order of arrival, a person belongs to the account that was named last before
// each moment.
func TestMembershipsFollowTheTimesOfTheEvents(t *testing.T) {
	b := newBench(t)
	checks(t, "8")
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		hours := rapid.SliceOfNDistinct(rapid.IntRange(1, 20), 1, 8, rapid.ID[int]).Draw(rt, "hours")
		accounts := map[int]string{}
		for _, hour := range hours {
			accounts[hour] = rapid.SampledFrom([]string{"A", "B", "C"}).Draw(rt, "account")
		}
		b.moves(rt, fmt.Sprint("p", run), hours, accounts)
	})
}

// TestWhatALateMoveRepeatsIsNotForgotten has moves that are no news when they
// come and are when a later one has come between.
func TestWhatALateMoveRepeatsIsNotForgotten(t *testing.T) {
	newBench(t).moves(t, "p", []int{7, 16, 1, 14, 5, 6, 11, 13},
		map[int]string{1: "B", 5: "C", 6: "B", 7: "C", 11: "A", 13: "A", 14: "B", 16: "C"})
}

// moves sends group calls in the order of hours and wants the memberships that
// follow from their times.
func (b *bench) moves(t rapid.TB, person string, hours []int, accounts map[int]string) {
	t.Helper()
	for i, hour := range hours {
		if r := b.send("/v1/group", fmt.Sprintf(`{"userId":%q,"groupId":%q,"messageId":"%s-%d","timestamp":"2026-11-22T%02d:00:00Z","sentAt":"2026-11-22T23:00:00Z"}`, person, accounts[hour], person, i, hour)); r.Status != 200 {
			t.Fatal(r.Body)
		}
	}
	b.settle()
	want := accounts[slices.Min(hours)] // the first account reaches back
	for hour := 1; hour <= 21; hour++ {
		if a, ok := accounts[hour]; ok {
			want = a
		}
		got := b.rows("SELECT account_id FROM membership WHERE person_id = ? AND valid_from <= ? AND valid_to > ?", person, at(hour), at(hour))
		if len(got) != 1 || got[0][0] != want {
			t.Fatalf("at %d o'clock: %v, want %s of %v", hour, got, want, accounts)
		}
	}
}

// at is in the middle of an hour by the tests' clock, which sentAt is 11 hours ahead of.
func at(hour int) string {
	return time.Date(2026, 11, 22, hour-11, 30, 0, 0, time.UTC).Format("2006-01-02 15:04:05")
}
