package lrs

import (
	"testing"

	"github.com/liftmark/liftmark/xapi"
)

func TestActivitiesOfContextsAreGivenBackInArrays(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"no context", `{"actor":{"mbox":"mailto:a@b.c"}}`, `{"actor":{"mbox":"mailto:a@b.c"}}`},
		{"alone", `{"context":{"contextActivities":{"parent": {"id":"x"} }},"verb":{"id":"v"}}`, `{"context":{"contextActivities":{"parent": [{"id":"x"}] }},"verb":{"id":"v"}}`},
		{"array", `{"context":{"contextActivities":{"parent":[{"id":"x"}],"other":[]}}}`, `{"context":{"contextActivities":{"parent":[{"id":"x"}],"other":[]}}}`},
		{"two alone", `{"context":{"contextActivities":{"parent":{"id":"x"},"other":{"id":"y"}},"revision":"1"}}`, `{"context":{"contextActivities":{"parent":[{"id":"x"}],"other":[{"id":"y"}]},"revision":"1"}}`},
		{"SubStatement", `{"object":{"objectType":"SubStatement","context":{"contextActivities":{"category":{"id":"x"}}}}}`, `{"object":{"objectType":"SubStatement","context":{"contextActivities":{"category":[{"id":"x"}]}}}}`},
		{"extension of the same name", `{"result":{"extensions":{"urn:x":{"contextActivities":{"parent":{}}}}}}`, `{"result":{"extensions":{"urn:x":{"contextActivities":{"parent":{}}}}}}`},
	} {
		got, err := withArrays([]byte(tt.in))
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %s, %v; want %s", tt.name, got, err, tt.want)
		}
	}
}

func TestActivitiesThatStandAloneAreSeen(t *testing.T) {
	one := func(context string) string {
		return `{"actor":{"mbox":"mailto:a@example.com"},"verb":{"id":"urn:v"},"object":{"id":"urn:o"},"context":{"contextActivities":` + context + `}}`
	}
	for _, tt := range []struct {
		context string
		want    bool
	}{
		{`{"parent":{"id":"urn:p"}}`, true},
		{`{"other" : ` + "\n" + ` {"id":"urn:p"}}`, true},
		{`{"p\u0061rent":{"id":"urn:p"}}`, true},
		{`{"parent":[{"id":"urn:other"}]}`, false},
		{`{"parent":[{"id":"urn:p"},{"id":"urn:q"}]}`, false},
		{`{"parent":[{"id":"urn:p"}],"other":{"id":"urn:q"},"category":[]}`, true},
	} {
		inner := `{"actor":{"mbox":"mailto:a@example.com"},"verb":{"id":"urn:v"},"object":` +
			`{"objectType":"SubStatement",` + one(tt.context)[1:] + `}`
		for _, text := range []string{one(tt.context), inner} {
			st, err := xapi.Parse(xapi.V1, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if got := lacksArrays(st); got != tt.want {
				t.Errorf("%s: %v", text, got)
			}
		}
	}
}
