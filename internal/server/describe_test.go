package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/metric"
)

// description is what the tests look at of OpenAPI.
type description struct {
	OpenAPI string `json:"openapi"`
	Info    struct{ Title, Version string }
	Paths   map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Summary     string
		Tags        []string
		Security    []map[string][]string
		Parameters  []struct{ Name, In, Description string }
		Responses   map[string]struct {
			Description string
			Content     map[string]struct{ Schema map[string]any }
		}
	}
	Components struct {
		Schemas         map[string]any
		SecuritySchemes map[string]any
	}
}

func TestEveryOperationIsDescribed(t *testing.T) {
	c := open(t, nil)
	var d description
	got := c.ask("GET", "/api/v1/openapi.json", "")
	got.as(t, &d)
	if got.status != http.StatusOK || d.OpenAPI != "3.1.0" || d.Info.Version != "1.2.3" || len(d.Paths) < 25 {
		t.Fatalf("status %d, OpenAPI %s, version %s, %d paths", got.status, d.OpenAPI, d.Info.Version, len(d.Paths))
	}
	seen := map[string]bool{}
	for path, operations := range d.Paths {
		for method, op := range operations {
			name := method + " " + path
			if op.Summary == "" || op.OperationID == "" || len(op.Tags) != 1 || seen[op.OperationID] {
				t.Errorf("%s: summary %q, id %q (each once), tags %q", name, op.Summary, op.OperationID, op.Tags)
			}
			seen[op.OperationID] = true
			if len(op.Security) == 0 {
				t.Errorf("%s needs no credential", name)
			}
			for _, way := range op.Security {
				for scheme := range way {
					if d.Components.SecuritySchemes[scheme] == nil {
						t.Errorf("%s: the scheme %s is not described", name, scheme)
					}
				}
			}
			for _, status := range []string{"401", "403", "404", "422", "429", "500", "503"} {
				if ref, _ := op.Responses[status].Content["application/problem+json"].Schema["$ref"].(string); ref != "#/components/schemas/Problem" {
					t.Errorf("%s: %s is described by %q, want a problem", name, status, ref)
				}
			}
			for status, r := range op.Responses {
				if status[0] == '2' && status != "204" && len(r.Content) == 0 {
					t.Errorf("%s: what %s answers is not described", name, status)
				}
			}
			if !succeeds(op.Responses) {
				t.Errorf("%s: no success is described", name)
			}
		}
	}
	for name := range d.Components.Schemas {
		if name[0] < 'A' || name[0] > 'Z' || !strings.Contains(got.body, `"#/components/schemas/`+name+`"`) {
			t.Errorf("the schema %s has no good name, or nothing refers to it", name)
		}
	}
	if dangling := undefined(got.body, d.Components.Schemas); len(dangling) > 0 {
		t.Errorf("schemas that are not there: %q", dangling)
	}
}

// The description lists values that another package defines.
func TestDescribedGrainsAreThoseOfKPIs(t *testing.T) {
	text := open(t, nil).ask("GET", "/api/v1/openapi.json", "").body
	if want := `"enum":["` + strings.Join(metric.Grains(), `","`) + `"]`; !strings.Contains(text, want) {
		t.Errorf("%s is not in the description", want)
	}
}

func succeeds[T any](responses map[string]T) bool {
	for status := range responses {
		if strings.HasPrefix(status, "2") {
			return true
		}
	}
	return false
}

// undefined finds references to schemas that there are not.
func undefined(text string, schemas map[string]any) (missing []string) {
	for _, part := range strings.Split(text, `"#/components/schemas/`)[1:] {
		name, _, _ := strings.Cut(part, `"`)
		if schemas[name] == nil {
			missing = append(missing, name)
		}
	}
	return missing
}
