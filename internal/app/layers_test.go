package app_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/liftmark/liftmark/"

// layers lists, for each package, which packages of this module it may import.
// A name covers the packages below it too. The story runs one way: source →
// record → fact → KPI → finding → money → people.
var layers = map[string][]string{
	"stat":                       {"stat"},
	"docs/method":                {},
	"xapi":                       {},
	"internal/fault":             {},
	"internal/access":            {"internal/fault", "internal/state"},
	"internal/issuer":            {"internal/fault", "internal/access"},
	"internal/record":            {},
	"internal/reference":         {},                                                                      // for tests
	"internal/reference/lalonde": {"stat", "internal/reference"},                                          // for tests
	"internal/evidence":          {"stat", "internal/reference", "internal/evidence", "internal/picture"}, // for tests
	"internal/config":            {"internal/fault"},
	"internal/figure":            {"internal/record"},
	"internal/picture":           {"internal/figure"},
	"internal/warehouse":         {"internal/fault", "internal/record"},
	"internal/warehouse/plan":    {"internal/fault", "internal/record"},
	"internal/warehouse/duckdb":  {"internal/fault", "internal/record", "internal/warehouse"},
	"internal/state":             {"internal/fault"},
	"internal/state/sqlite":      {"internal/fault", "internal/state"},
	"internal/state/statetest":   {"internal/fault", "internal/state"},
	"internal/lrs":               {"xapi", "internal/fault", "internal/access", "internal/state"},
	"internal/lrs/protocol":      {"xapi", "internal/fault", "internal/access", "internal/lrs"},
	"internal/vault":             {"internal/fault"},
	"internal/forward":           {"xapi", "internal/fault", "internal/state", "internal/vault"},
	"internal/privacy":           {"xapi", "internal/fault", "internal/state", "internal/warehouse", "internal/lrs", "internal/vault"},
	"internal/export":            {"xapi", "internal/fault", "internal/figure", "internal/state", "internal/record", "internal/warehouse"},
	"internal/job":               {"internal/fault"},
	"internal/ingest":            {"internal/fault", "internal/figure", "internal/record", "internal/warehouse", "internal/ingest"},
	"internal/ingest/lrs":        {"xapi", "internal/fault", "internal/record", "internal/state", "internal/warehouse"},
	"internal/ingest/track":      {"internal/fault", "internal/access", "internal/record", "internal/state", "internal/warehouse"},
	"internal/ingest/statement":  {"xapi", "internal/fault", "internal/figure", "internal/ingest/file"},
	"internal/ingest/scorm":      {"xapi", "internal/fault", "internal/access", "internal/lrs"},
	"internal/server":            {"stat", "docs/method", "xapi", "internal/fault", "internal/access", "internal/issuer", "internal/config", "internal/record", "internal/figure", "internal/state", "internal/lrs", "internal/stream", "internal/ingest", "internal/forward", "internal/privacy", "internal/export", "internal/job", "internal/metric", "internal/study", "internal/value", "internal/report", "internal/warehouse"},
	"internal/metric":            {"stat", "internal/fault", "internal/record", "internal/warehouse"},
	"internal/study":             {"stat", "internal/fault", "internal/figure", "internal/record", "internal/metric"},
	"internal/value":             {"stat", "internal/fault", "internal/record", "internal/figure"},
	"internal/report":            {"stat", "docs/method", "internal/fault", "internal/figure", "internal/picture", "internal/study", "internal/value"},
	"internal/demo":              {"stat", "internal/fault", "internal/record"},
	"internal/app":               {"stat", "xapi", "internal"},
	"internal/client":            {"internal/fault", "internal/access", "internal/state", "internal/warehouse", "internal/ingest", "internal/metric", "internal/study", "internal/report", "internal/privacy", "internal/server"},
	"internal/stream":            {"xapi", "internal/fault", "internal/state", "internal/lrs"},
	"internal/load":              {"internal/load"},
	"cmd/liftmark":               {"docs/method", "internal"},
}

// drivers may be imported by app alone.
var drivers = []string{"internal/warehouse/duckdb", "internal/state/sqlite"}

func TestImportsPointDownTheStory(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, module+"...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) < len(layers) {
		t.Fatalf("go list shows %d packages, the table has %d", len(lines), len(layers))
	}
	for _, line := range lines {
		fields := strings.Fields(line)
		checkImports(t, strings.TrimPrefix(fields[0], module), fields[1:])
	}
}

func checkImports(t *testing.T, pkg string, imports []string) {
	t.Helper()
	allowed, ok := layers[layerOf(pkg)]
	if !ok {
		t.Errorf("%s is in no layer; add it to the table", pkg)
		return
	}
	for _, path := range imports {
		name, ours := strings.CutPrefix(path, module)
		if !ours || within(name, pkg) || name == pkg {
			continue
		}
		if !slices.ContainsFunc(allowed, func(a string) bool { return within(name, a) }) {
			t.Errorf("%s imports %s, which is not below it in the story", pkg, name)
		}
		if slices.Contains(drivers, name) && pkg != "internal/app" {
			t.Errorf("%s imports the driver %s; only app may", pkg, name)
		}
	}
}

// layerOf gives the longest entry of the table that covers the package.
func layerOf(pkg string) string {
	best := ""
	for name := range layers {
		if within(pkg, name) && len(name) > len(best) {
			best = name
		}
	}
	return best
}

func within(pkg, layer string) bool { return pkg == layer || strings.HasPrefix(pkg, layer+"/") }
