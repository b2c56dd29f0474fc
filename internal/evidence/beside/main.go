// Command beside prints what the library's benchmarks took beside what R took
// for the same work on the same files.
//
//	beside -go output-of-go-test -r cases.jsonl -r results.json
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"text/tabwriter"
)

// cases says which case of R does the work of which benchmark. The size is the
// last element of the benchmark's name.
var cases = map[string]string{
	"BenchmarkCallawaySantAnna/analytic":      "did_noX_analytic_fast",
	"BenchmarkCallawaySantAnna/doubly_robust": "did_dr2X_analytic_fast",
	"BenchmarkCallawaySantAnna/bootstrap":     "did_noX_boot_fast",
	"BenchmarkFixedEffects":                   "fe_twfe_cluster",
	"BenchmarkSunAbraham":                     "fe_sunab",
	"BenchmarkCox":                            "cox_efron",
	"BenchmarkCoxTimeVarying":                 "coxtv_efron",
	"BenchmarkCoxTimeVaryingCluster":          "coxtv_efron_cluster",
	"BenchmarkLogRank":                        "lr_logrank",
	"BenchmarkKaplanMeier":                    "km_survfit",
	"BenchmarkLogistic":                       "glm_logit",
	"BenchmarkNearest":                        "mw_nn_match",
}

// job is a case of a size.
type job struct {
	name string
	n    int
}

func main() {
	golang := flag.String("go", "", "output of go test -bench")
	var r []string
	flag.Func("r", "seconds of R, as lines of JSON or a file of results (repeatable)", func(name string) error {
		r = append(r, name)
		return nil
	})
	flag.Parse()
	if err := run(*golang, r, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "beside:", err)
		os.Exit(1)
	}
}

func run(golang string, r []string, out io.Writer) error {
	text, err := os.ReadFile(golang)
	if err != nil {
		return err
	}
	peers := map[job]float64{}
	for i := range slices.Backward(r) { // the first file named wins
		if err := readPeer(r[i], peers); err != nil {
			return err
		}
	}
	return table(benchmarks(text), peers, out)
}

var benchmark = regexp.MustCompile(`(?m)^(Benchmark\S+?)/(?:rows=)?(\d+)(?:/days=true)?(?:-\d+)?\s+\d+\s+([\d.e+]+) ns/op`)

// benchmarks reads the least seconds of each benchmark.
func benchmarks(text []byte) map[job]float64 {
	least := map[job]float64{}
	for _, m := range benchmark.FindAllSubmatch(text, -1) {
		n, _ := strconv.Atoi(string(m[2]))
		ns, _ := strconv.ParseFloat(string(m[3]), 64)
		j := job{string(m[1]), n}
		if old, ok := least[j]; !ok || ns/1e9 < old {
			least[j] = ns / 1e9
		}
	}
	return least
}

type peer struct {
	Case       string
	N          int
	Seconds    float64
	SecondsMin float64 `json:"seconds_min"`
}

func readPeer(name string, into map[job]float64) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var whole struct{ Results []peer }
	if err := json.Unmarshal(text, &whole); err != nil || whole.Results == nil { // one line a case
		for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
			var p peer
			if err := json.Unmarshal(s.Bytes(), &p); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			whole.Results = append(whole.Results, p)
		}
	}
	for _, p := range whole.Results {
		into[job{p.Case, p.N}] = max(p.Seconds, p.SecondsMin)
	}
	return nil
}

func table(ours, theirs map[job]float64, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "benchmark\tunits\tGo s\tR s\ttimes as fast\t")
	byName := func(a, b job) int {
		if a.name != b.name {
			return bytes.Compare([]byte(a.name), []byte(b.name))
		}
		return a.n - b.n
	}
	for _, j := range slices.SortedFunc(maps.Keys(ours), byName) {
		r, ok := theirs[job{cases[j.name], j.n}]
		if !ok {
			continue
		}
		_, _ = fmt.Fprintf(w, "%s\t%d\t%.3f\t%.3f\t%.1f\t\n", j.name, j.n, ours[j], r, r/ours[j])
	}
	return w.Flush()
}
