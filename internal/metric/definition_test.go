package metric_test

import (
	"os"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/metric"
)

// changed parses a library file after replacements.
func changed(t *testing.T, id string, oldnew ...string) (*metric.Definition, error) {
	t.Helper()
	body, err := os.ReadFile("library/" + id + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(oldnew...).Replace(string(body))
	if len(oldnew) > 0 && text == string(body) {
		t.Fatalf("%s does not hold %q", id, oldnew[0])
	}
	return metric.Parse(id, []byte(text))
}

func TestUntilIsOneMomentOrAList(t *testing.T) {
	one, err := changed(t, "time_to_value")
	if err != nil || len(one.Until) != 1 || one.Until[0].Fact != "subscription" {
		t.Errorf("one moment: %+v, %v", one, err)
	}
	list, err := changed(t, "time_to_withdrawal")
	if err != nil || len(list.Until) != 2 || list.Until[1].Name != "account_end" {
		t.Errorf("a list: %+v, %v", list, err)
	}
	for _, tt := range []struct{ name, old, new, part string }{
		{"unknown key", "{name: account_end, ", "{name: account_end, when: x, ", "when"},
		{"unknown time", "at: ended_at", "at: over_at", `no time "over_at"`},
		{"name of another part", "name: account_end", "name: event", "neither start nor event"},
		{"neither person nor account", "fact: subscription, at: ended_at", "fact: cost, at: from", "belongs to no person"},
		{"condition on a moment that is none", "until: 'activity.course", "utnil: 'activity.course", "start, event, until, account_end"},
	} {
		if _, err := changed(t, "time_to_withdrawal", tt.old, tt.new); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), tt.part) {
			t.Errorf("%s: %v, want %q in it", tt.name, err, tt.part)
		}
	}
}

func TestWordsOfEvents(t *testing.T) {
	churn, err := changed(t, "churn_rate")
	if err != nil || churn.Words == nil || *churn.Words != (metric.Words{Event: "leave", Until: "still a customer", Subject: "churn"}) || !churn.Terminal {
		t.Errorf("churn: %+v, %v", churn, err)
	}
	for _, d := range standard(t).All() {
		if d.Kind == "duration" && d.Words == nil {
			t.Errorf("%s has no words for its event", d.ID)
		}
	}
	if _, err := changed(t, "churn_rate", "event: leave, ", ""); err == nil || !strings.Contains(err.Error(), "words.event is missing") {
		t.Errorf("without the event's word: %v", err)
	}
	if _, err := changed(t, "time_to_value", "kind: duration", "kind: duration\nterminal: true"); err == nil || !strings.Contains(err.Error(), "terminal belongs to kind: ratio") {
		t.Errorf("a terminal duration: %v", err)
	}
}
