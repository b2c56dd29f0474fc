package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/demo"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/study"
)

func (c *cli) demoCommand() *cobra.Command {
	var o app.DemoOptions
	var noServe bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Make a demo company, import it, run its study and write the report",
		Long: "Demo generates a company whose true effects are known (truth.json), in the files that\n" +
			"a customer would import, and takes them the whole way to the impact report. The naive\n" +
			"comparison gets it wrong; the study does not.",
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			bar := c.progress()
			o.Generating = func(done, total int) { bar.update("generate the demo company", int64(done), int64(total), "accounts") }
			o.Importing, o.Studying = bar.importing, bar.studying
			result, err := app.Demo(cmd.Context(), o, c.now)
			bar.finish()
			if err != nil {
				return err
			}
			if c.asJSON {
				return c.printJSON(result)
			}
			c.sayDemo(result)
			if noServe {
				return nil
			}
			return c.serveReport(cmd.Context(), result.Dir)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Dir, "dir", "demo", "directory to write into")
	flags.IntVar(&o.Accounts, "accounts", 1200, "customers of the company")
	flags.IntVar(&o.Months, "months", 30, "months of history")
	flags.Uint64Var(&o.Seed, "seed", demo.DefaultSeed, "random seed; the same one gives the same company")
	flags.BoolVar(&noServe, "no-serve", false, "end after writing the report instead of showing it on a local port")
	return c.jsonFlag(cmd)
}

// sayDemo prints what the demo shows: the wrong answer, the right one and the truth.
func (c *cli) sayDemo(r app.DemoResult) {
	c.say("%s: %s, %d months; %s rows imported, %s rejected on purpose.\n", app.DemoCompany,
		figure.Counted(r.Truth.Counts.Accounts, "account", "accounts"), r.Truth.Months, big(r.Import.Rows.Added), big(r.Import.Rows.Rejected))
	for _, f := range r.Impact.Findings {
		if f.Outcome.Role == study.Primary {
			c.say("%s", f.Verdict.Headline)
			c.sayTruth(f, r.Truth)
		}
	}
	if v := r.Impact.Value; v != nil && v.ROI.Range != nil {
		c.say("\nROI %s (90 %% interval %s to %s).", figure.Percent(v.ROI.Median, 0), figure.Percent(v.ROI.Low, 0), figure.Percent(v.ROI.High, 0))
	}
	c.say("\nThe report:    %s\nThe truth:     %s\nThe files:     %s\nThe workspace: %s  (try: liftmark kpi value churn_rate --grain month --data %s)",
		r.Report, filepath.Join(r.Dir, "truth.json"), filepath.Join(r.Dir, "files"), filepath.Join(r.Dir, "data"), filepath.Join(r.Dir, "data"))
}

// sayTruth prints what the naive comparison and what the truth are, where the
// demo company knows it.
func (c *cli) sayTruth(f study.Finding, truth demo.Truth) {
	effect, ok := truth.Effect(f.Outcome.KPI)
	if !ok || f.Naive == nil {
		return
	}
	scale, unit := 1.0, ""
	if strings.HasPrefix(f.Outcome.Unit, "share") {
		scale, unit = 100, " percentage points"
	}
	d := max(1, figure.DecimalsOf(scale*effect)-1)
	c.say("  A spreadsheet of trained against untrained says %s%s. The truth is %s.",
		figure.Signed(scale*f.Naive.Difference.Value, d), unit, figure.Signed(scale*effect, d))
}

// serveReport shows the report on a local port until the command is interrupted.
func (c *cli) serveReport(ctx context.Context, dir string) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fault.New(fault.Unavailable, "cannot open a local port: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", http.RedirectHandler("/report.html", http.StatusFound))
	for _, name := range []string{"report.html", "report.json", "truth.json"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, filepath.Join(dir, name)) })
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	c.say("\nThe report is at http://%s/ until you press Ctrl-C.", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the report: %w", err)
	}
	return nil
}
