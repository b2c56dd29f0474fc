package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/server"
)

func (c *cli) kpiCommand() *cobra.Command {
	group := &cobra.Command{Use: "kpi", Short: "List, explain and compute KPIs", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	group.AddCommand(c.kpiListCommand(), c.kpiShowCommand(), c.kpiValueCommand())
	return group
}

func (c *cli) kpiListCommand() *cobra.Command {
	return c.workspaceFlags(&cobra.Command{
		Use: "list [WORD…]", Short: "List the KPI library, or the KPIs that the words name; those that mention them when none does",
		RunE: func(_ *cobra.Command, words []string) error {
			library, err := c.library()
			if err != nil {
				return err
			}
			found := library.All()
			if len(words) > 0 {
				found = library.Search(strings.Join(words, " "))
			}
			if c.asJSON {
				return c.printJSON(found)
			}
			return c.table(func(row func(...any)) {
				row("ID", "NAME", "CATEGORY", "UNIT", "BETTER")
				for _, d := range found {
					row(d.ID, d.Name, d.Category, d.Value, d.Direction)
				}
			})
		},
	})
}

func (c *cli) library() (*metric.Library, error) {
	settings, err := c.settings()
	if err != nil {
		return nil, err
	}
	return app.Library(settings)
}

func (c *cli) kpiShowCommand() *cobra.Command {
	return c.workspaceFlags(&cobra.Command{
		Use: "show ID", Short: "Explain one KPI: its formula, parameters, bands, relations and twelve attributes", Args: args(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, ids []string) error {
			library, err := c.library()
			if err != nil {
				return err
			}
			d, err := library.Find(ids[0])
			if err != nil {
				return err
			}
			if c.asJSON {
				return c.printJSON(d)
			}
			c.explain(d)
			return nil
		},
	})
}

// queryFlags are the flags of `kpi value` as the user gave them.
type queryFlags struct {
	from, to, grain, zone, by, where string
	params                           map[string]string
}

func (c *cli) kpiValueCommand() *cobra.Command {
	var f queryFlags
	cmd := &cobra.Command{
		Use: "value ID", Short: "Compute a KPI with its interval", Args: args(cobra.ExactArgs(1)),
		Example: "  liftmark kpi value churn_rate --grain month --zone Europe/Berlin\n  liftmark kpi value completion_rate --param denominator=enrolled --by account.plan",
		RunE: func(cmd *cobra.Command, ids []string) error {
			return c.withExisting(cmd.Context(), app.Hearing{}, func(w *server.Workspace) error {
				query, err := f.query(ids[0], w.KPIs.Zone())
				if err != nil {
					return err
				}
				result, err := w.KPIs.Value(cmd.Context(), query)
				if err != nil {
					return err
				}
				if c.asJSON {
					return c.printJSON(result)
				}
				return c.sayResult(result)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "first day, such as 2026-01-01 (default: where the data begin)")
	flags.StringVar(&f.to, "to", "", "day after the last one (default: where the data end)")
	flags.StringVar(&f.grain, "grain", "", "one value for each "+strings.Join(metric.Grains(), ", ")+" (default: one value in all)")
	flags.StringVar(&f.zone, "zone", "", "IANA time zone of days and months (default: the workspace's)")
	flags.StringVar(&f.by, "by", "", "break down by a field, such as account.plan")
	flags.StringVar(&f.where, "where", "", "only a segment, such as \"account.plan = 'pro'\"")
	flags.StringToStringVar(&f.params, "param", nil, "a parameter of the KPI, NAME=VALUE; repeat for more")
	return c.workspaceFlags(cmd)
}

func (f queryFlags) query(kpi string, zone *time.Location) (metric.Query, error) {
	if f.zone != "" {
		loaded, err := time.LoadLocation(f.zone)
		if err != nil {
			return metric.Query{}, fault.New(fault.Invalid, "--zone %q is not an IANA time zone such as Europe/Berlin", f.zone)
		}
		zone = loaded
	}
	from, err := day("--from", f.from, zone)
	if err != nil {
		return metric.Query{}, err
	}
	to, err := day("--to", f.to, zone)
	if err != nil {
		return metric.Query{}, err
	}
	return metric.Query{KPI: kpi, Params: f.params, From: from, To: to, Grain: f.grain, Zone: zone, By: f.by, Where: f.where}, nil
}

func day(flag, text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return t, fault.New(fault.Invalid, "%s %q is not a day such as 2026-01-31", flag, text)
	}
	return t, nil
}

func (c *cli) sayResult(r metric.Result) error {
	c.say("%s (%s), %s to %s, %s", r.Name, describeUnit(r), r.From.Format(time.DateOnly), r.To.Format(time.DateOnly), r.Zone)
	for _, name := range sortedNames(r.Variants) {
		c.say("%s: %s", name, r.Variants[name])
	}
	rows := app.ShowRows(r)
	err := c.table(func(row func(...any)) {
		if len(rows) == 0 { // a note says why
			return
		}
		row("PERIOD", "SEGMENT", "VALUE", "INTERVAL", "N", "UNITS", "BAND")
		for _, r := range rows {
			row(r.Period, r.Segment, r.Value, r.Interval, r.N, r.Units, r.Band)
		}
	})
	for _, w := range r.Warnings {
		c.say("Note: %s", w)
	}
	return err
}

func describeUnit(r metric.Result) string {
	if r.Currency != "" {
		return fmt.Sprintf("%s, %s", r.Unit, r.Currency)
	}
	return r.Unit
}
