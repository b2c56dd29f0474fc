package lrs

import "testing"

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
