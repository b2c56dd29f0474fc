package app

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/demo"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/report"
	"github.com/liftmark/liftmark/internal/study"
)

//go:embed demo/*.yaml
var demoFiles embed.FS

// DemoCompany is the name of the demo company.
const DemoCompany = "Larkfield (demo company)"

// DemoOptions size the demo and hear how it goes.
type DemoOptions struct {
	Dir      string
	Accounts int
	Months   int
	Seed     uint64
	Memory   int // MiB for the engine; 0: the default

	Generating func(done, total int)
	Importing  func(file.Progress)
	Studying   StudyProgress
}

// DemoResult is what the demo made.
type DemoResult struct {
	Dir    string        `json:"dir"`
	Truth  demo.Truth    `json:"truth"`
	Import file.Report   `json:"import"`
	Impact report.Impact `json:"impact"`
	Report string        `json:"report"` // path of the page
}

// Demo generates the demo company's files in Dir/files, imports them into a
// workspace in Dir/data, runs its study and writes Dir/report.html and
// Dir/report.json. The same options in the same directory change nothing.
//
// Errors: fault.Conflict when Dir holds another demo company.
func Demo(ctx context.Context, o DemoOptions, now func() time.Time) (DemoResult, error) {
	result := DemoResult{Dir: o.Dir, Report: filepath.Join(o.Dir, "report.html")}
	if err := sameDemo(o); err != nil {
		return result, err
	}
	var err error
	result.Truth, err = demo.Generate(ctx, demo.Options{Dir: o.Dir, Accounts: o.Accounts, Months: o.Months, Seed: o.Seed, Progress: o.Generating})
	if err != nil {
		return result, err
	}
	settings, err := demoWorkspace(o)
	if err != nil {
		return result, err
	}
	w, err := Open(ctx, settings, now)
	if err != nil {
		return result, err
	}
	defer func() { _ = w.Close() }()
	if result.Import, err = w.Import(ctx, []string{filepath.Join(o.Dir, "files")}, ImportOptions{Progress: o.Importing}); err != nil {
		return result, err
	}
	plan, err := w.Plan("onboarding")
	if err != nil {
		return result, err
	}
	if result.Impact, err = w.Impact(ctx, []study.Plan{plan}, o.Studying); err != nil {
		return result, err
	}
	return result, errors.Join(WriteReport(result.Report, result.Impact), WriteReport(filepath.Join(o.Dir, "report.json"), result.Impact))
}

// sameDemo refuses a directory that holds a demo company of other options: its
// rows would clash with the new ones.
func sameDemo(o DemoOptions) error {
	text, err := os.ReadFile(filepath.Join(o.Dir, "truth.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fault.New(fault.Unavailable, "read the demo that is there: %w", err)
	}
	var there demo.Truth
	if err := json.Unmarshal(text, &there); err != nil {
		return fault.New(fault.Invalid, "%s is damaged; remove the directory and run the demo again: %w", filepath.Join(o.Dir, "truth.json"), err)
	}
	if there.Counts.Accounts == o.Accounts && there.Months == o.Months && there.Seed == o.Seed {
		return nil
	}
	return fault.New(fault.Conflict, "%s holds another demo company (%s, %d months, seed %d); name another --dir or remove it",
		o.Dir, figure.Counted(there.Counts.Accounts, "account", "accounts"), there.Months, there.Seed)
}

// demoWorkspace lays the demo's settings, study and money model into its
// workspace. What the user has changed there since stays.
func demoWorkspace(o DemoOptions) (config.Config, error) {
	data := filepath.Join(o.Dir, "data")
	if err := os.MkdirAll(filepath.Join(data, studyDir), 0o750); err != nil {
		return config.Config{}, fault.New(fault.Unavailable, "cannot create the demo: %w", err)
	}
	for from, to := range map[string]string{"demo/onboarding.yaml": filepath.Join(studyDir, "onboarding.yaml"), "demo/value.yaml": modelFile} {
		text, err := demoFiles.ReadFile(from)
		if err != nil {
			return config.Config{}, err
		}
		if err := writeNew(filepath.Join(data, to), text); err != nil {
			return config.Config{}, err
		}
	}
	if err := writeNew(filepath.Join(data, config.FileName), []byte("company: "+DemoCompany+"\n")); err != nil {
		return config.Config{}, err
	}
	return config.Load(func(c *config.Config) {
		c.Data = data
		if o.Memory > 0 {
			c.MemoryMiB = o.Memory
		}
	})
}

func writeNew(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fault.New(fault.Unavailable, "cannot write the demo: %w", err)
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}
