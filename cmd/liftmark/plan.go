package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/ingest/track"
	"github.com/liftmark/liftmark/internal/server"
)

func (c *cli) planCommand() *cobra.Command {
	set := c.onWorkspace("set FILE", "Replace the tracking plan by that of a YAML or JSON file", cobra.ExactArgs(1), func(ctx context.Context, w *server.Workspace, given []string) error {
		plan, err := readPlan(given[0])
		if err != nil {
			return err
		}
		if err := w.Events.SetPlan(ctx, plan); err != nil {
			return err
		}
		return c.done("The tracking plan has %s; strict mode is %s.", figure.Counted(len(plan.Events), "event", "events"), map[bool]string{true: "on", false: "off"}[plan.Strict])
	})
	set.Long = `The file is YAML, or JSON as "liftmark event plan show --json" writes it:

  strict: true
  events:
    - name: Report Exported
      properties:
        - {name: format, type: string, required: true, values: [pdf, xlsx]}`
	return group("plan", "Say which events are expected", set,
		c.onWorkspace("show", "Show which events are expected", cobra.NoArgs, func(ctx context.Context, w *server.Workspace, _ []string) error {
			plan, err := w.Events.Plan(ctx)
			if err != nil {
				return err
			}
			if plan.Events == nil {
				plan.Events = []track.PlannedEvent{}
			}
			return c.show(plan, func() error { return c.sayPlan(plan) })
		}))
}

// maxPlanFile bounds the file of a plan.
const maxPlanFile = 16 << 20

func readPlan(path string) (plan track.Plan, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return plan, fault.New(fault.NotFound, "read the tracking plan: %w", err)
	}
	if len(text) > maxPlanFile {
		return plan, fault.New(fault.TooLarge, "%s has %d bytes; a tracking plan has at most %d", path, len(text), maxPlanFile)
	}
	next := planDecoder(text, filepath.Ext(path) == ".json")
	switch err := next(&plan); {
	case errors.Is(err, io.EOF):
		return plan, fault.New(fault.Invalid, "%s is empty; see liftmark event plan set --help", path)
	case err != nil:
		return plan, fault.New(fault.Invalid, "%s is no tracking plan: %w; see liftmark event plan set --help", path, err)
	}
	if err := next(new(any)); !errors.Is(err, io.EOF) {
		return plan, fault.New(fault.Invalid, "%s has more in it than one tracking plan; leave one", path)
	}
	return plan, nil
}

// planDecoder reads one document after the other, JSON or else YAML, refusing
// members that a plan does not have. Keys are the same in both.
func planDecoder(text []byte, isJSON bool) func(into any) error {
	if isJSON || json.Valid(text) { // JSON that is indented by tabs is no YAML
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		return dec.Decode
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	return dec.Decode
}

func (c *cli) sayPlan(plan track.Plan) error {
	if len(plan.Events) == 0 {
		c.say("The tracking plan is empty.")
		return nil
	}
	return c.table(func(row func(...any)) {
		row("EVENT", "TYPE", "PROPERTIES")
		for _, e := range plan.Events {
			properties := make([]string, len(e.Properties))
			for i, p := range e.Properties {
				properties[i] = planned(p)
			}
			call := string(e.Call)
			if call == "" {
				call = string(track.Track)
			}
			row(e.Name, call, strings.Join(properties, ", "))
		}
	})
}

// planned writes a property: its name, what it has to be, whether it has to be there.
func planned(p track.PlannedProperty) string {
	text := p.Name
	if p.Type != "" {
		text += " (" + p.Type + ")"
	}
	if len(p.Values) > 0 {
		text += " one of " + strings.Join(p.Values, "|")
	}
	if p.Required {
		text += " required"
	}
	return text
}
