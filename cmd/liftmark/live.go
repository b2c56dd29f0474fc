package main

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/server"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// group makes a command that only holds others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{Use: use, Short: short, Args: args(cobra.NoArgs), RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	g.AddCommand(commands...)
	return g
}

// onWorkspace makes a command that works on a workspace, creating it when it is
// not there.
func (c *cli) onWorkspace(use, short string, check cobra.PositionalArgs, do func(ctx context.Context, w *server.Workspace, args []string) error) *cobra.Command {
	return c.workspaceFlags(&cobra.Command{Use: use, Short: short, Args: args(check), RunE: func(cmd *cobra.Command, given []string) error {
		return c.withWorkspace(cmd.Context(), app.Hearing{}, func(w *server.Workspace) error { return do(cmd.Context(), w, given) })
	}})
}

// show prints a value as JSON, or lets say print it for people.
func (c *cli) show(v any, say func() error) error {
	if c.asJSON {
		return c.printJSON(v)
	}
	return say()
}

// done prints one line for people, an object that says so for programs.
func (c *cli) done(format string, args ...any) error {
	return c.show(map[string]bool{"done": true}, func() error { c.say(format, args...); return nil })
}

func (c *cli) verbCommand() *cobra.Command {
	return group("verb", "See what statements say was done, and give verbs a meaning",
		c.onWorkspace("list", "List the verbs that arrived, and what they mean as facts", cobra.NoArgs, func(ctx context.Context, w *server.Workspace, _ []string) error {
			verbs, err := w.Verbs.Verbs(ctx)
			if err != nil {
				return err
			}
			return c.show(verbs, func() error { return c.sayVerbs(verbs) })
		}),
		c.onWorkspace("map IRI MEANING", "Give a verb a meaning, for statements of the past too", cobra.ExactArgs(2), func(ctx context.Context, w *server.Workspace, given []string) error {
			if err := w.Verbs.MapVerb(ctx, given[0], given[1]); err != nil {
				return err
			}
			return c.done("%s now means %s, for statements of the past too.", given[0], given[1])
		}),
		c.onWorkspace("unmap IRI", "Take the meaning back", cobra.ExactArgs(1), func(ctx context.Context, w *server.Workspace, given []string) error {
			if err := w.Verbs.UnmapVerb(ctx, given[0]); err != nil {
				return err
			}
			return c.done("%s means again what its profile says, or nothing.", given[0])
		}))
}

func (c *cli) sayVerbs(verbs []server.SeenVerb) error {
	return c.table(func(row func(...any)) {
		row("VERB", "STATEMENTS", "LAST SEEN", "MEANS", "SAYS WHO")
		for _, v := range verbs {
			meaning := v.Meaning
			if meaning == "" {
				meaning = "(kept, no fact)"
			}
			row(v.Verb, big(v.Count), minute(v.LastSeen), meaning, v.Source)
		}
	})
}

// minute writes a time for people, to the minute; nothing for none.
func minute(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04")
}

func (c *cli) eventCommand() *cobra.Command {
	var m server.EventMap
	mapping := c.onWorkspace("map NAME", "Say what an event counts as, in the past too", cobra.ExactArgs(1), func(ctx context.Context, w *server.Workspace, given []string) error {
		if len(slices.DeleteFunc([]bool{m.Feature != "", m.Ignore, m.Verb != ""}, func(said bool) bool { return !said })) != 1 {
			return usageError{fault.New(fault.Invalid, "say one of --feature NAME, --verb VERB and --ignore")}
		}
		if err := w.Events.MapEvent(ctx, given[0], m); err != nil {
			return err
		}
		return c.done("The event %q is mapped, in the past too.", given[0])
	})
	mapping.Flags().StringVar(&m.Feature, "feature", "", "feature whose use it is")
	mapping.Flags().StringVar(&m.Verb, "verb", "", "learning that it is, such as completed; the event then names a course or lesson")
	mapping.Flags().StringVar(&m.Type, "type", "", "track (default), page or screen")
	mapping.Flags().BoolVar(&m.Ignore, "ignore", false, "count it and make no fact of it")
	return group("event", "See which events arrive, and say what they count as", c.eventListCommand(), mapping,
		c.onWorkspace("unmap NAME", "Let an event count under its own name again", cobra.ExactArgs(1), func(ctx context.Context, w *server.Workspace, given []string) error {
			if err := w.Events.UnmapEvent(ctx, given[0]); err != nil {
				return err
			}
			return c.done("The event %q counts under its own name again.", given[0])
		}), c.strictCommand(), c.planCommand())
}

func (c *cli) eventListCommand() *cobra.Command {
	return c.onWorkspace("list", "List the events that arrived", cobra.NoArgs, func(ctx context.Context, w *server.Workspace, _ []string) error {
		events, err := w.Events.Events(ctx)
		if err != nil {
			return err
		}
		return c.show(events, func() error {
			return c.table(func(row func(...any)) {
				row("EVENT", "TYPE", "COUNT", "LAST SEEN", "COUNTS AS")
				for _, e := range events {
					row(e.Event, e.Type, big(e.Count), minute(e.LastSeen), countsAs(e))
				}
			})
		})
	})
}

// callsDo says what calls that leave no events do.
var callsDo = map[string]string{"identify": "people", "group": "accounts", "alias": "links"}

func countsAs(e server.SeenEvent) string {
	switch {
	case e.Event == "" && callsDo[e.Type] != "": // such a call leaves no event that could be mapped
		return callsDo[e.Type]
	case e.Mapping == nil && e.CountsAs == "learning":
		return "learning"
	case e.Mapping == nil:
		return e.Event + " (unmapped)"
	case e.Mapping.Ignore:
		return "ignored"
	case e.Mapping.Verb != "":
		return "learning: " + e.Mapping.Verb
	}
	return e.Mapping.Feature
}

func (c *cli) strictCommand() *cobra.Command {
	return c.onWorkspace("strict [on|off]", "Refuse events that are not in the tracking plan, or say whether they are refused", cobra.MaximumNArgs(1), func(ctx context.Context, w *server.Workspace, given []string) error {
		if len(given) == 1 {
			if given[0] != "on" && given[0] != "off" {
				return usageError{fault.New(fault.Invalid, "%q is neither on nor off", given[0])}
			}
			if err := w.Events.SetStrict(ctx, given[0] == "on"); err != nil {
				return err
			}
		}
		strict, err := w.Events.Strict(ctx)
		if err != nil {
			return err
		}
		return c.show(map[string]bool{"strict": strict}, func() error {
			c.say("Strict mode is %s.", map[bool]string{true: "on: events that are not in the tracking plan are refused, each with the reason", false: "off: every well-formed event is taken"}[strict])
			return nil
		})
	})
}

func (c *cli) factsCommand() *cobra.Command {
	return group("facts", "Follow how statements become facts",
		c.onWorkspace("status", "Say how far the facts follow what arrived", cobra.NoArgs, func(ctx context.Context, w *server.Workspace, _ []string) error {
			status, err := w.Facts.Status(ctx)
			if err != nil {
				return err
			}
			return c.show(status, func() error { c.sayFacts(status); return nil })
		}),
		c.onWorkspace("wait", "Wait until everything that has arrived is in the facts", cobra.NoArgs, func(ctx context.Context, w *server.Workspace, _ []string) error {
			status, err := awaitFacts(ctx, w)
			if err != nil {
				return err
			}
			return c.show(status, func() error { c.sayFacts(status); return nil })
		}),
		c.onWorkspace("rebuild", "Make the facts again from the statements", cobra.NoArgs, func(ctx context.Context, w *server.Workspace, _ []string) error {
			rebuilt, err := w.Facts.Rebuild(ctx)
			if err != nil {
				return err
			}
			return c.show(rebuilt, func() error {
				c.say("%s gave %s, in %s s. Fingerprint %s.", figure.Counted(int(rebuilt.Statements), "statement", "statements"), figure.Counted(int(rebuilt.Rows), "fact", "facts"),
					figure.Number(rebuilt.Seconds, 1), rebuilt.Fingerprint)
				return nil
			})
		}))
}

func (c *cli) sayFacts(s server.FactsStatus) {
	switch {
	case s.Error != "":
		c.say("The facts do not follow: %s", s.Error)
	case s.Lag == 0:
		c.say("The facts are up to date, at change %d.", s.Cursor)
	case !s.Follows:
		c.say("%s of %d are not facts yet, and no server runs that would make facts of them. Start one with: liftmark serve; or make them now with: liftmark facts wait", figure.Counted(int(s.Lag), "change", "changes"), s.Last)
	default:
		c.say("%s of %d are not facts yet.", figure.Counted(int(s.Lag), "change", "changes"), s.Last)
	}
}

// awaitFacts waits until the facts hold what had arrived when it was called, and
// sees to it itself when nobody else does.
func awaitFacts(ctx context.Context, w *server.Workspace) (server.FactsStatus, error) {
	status, err := w.Facts.Status(ctx)
	if err == nil && !status.Follows {
		if err := w.Facts.CatchUp(ctx); err != nil {
			return status, err
		}
		return w.Facts.Status(ctx)
	}
	for target := status.Last; err == nil && status.Cursor < target; status, err = w.Facts.Status(ctx) {
		if status.Error != "" {
			return status, fault.New(fault.Unavailable, "the facts do not follow: %s", status.Error)
		}
		select {
		case <-ctx.Done():
			return status, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return status, err
}

func (c *cli) linkCommand() *cobra.Command {
	return group("link", "Say which names are one person",
		c.onWorkspace("list", "List the links between names", cobra.NoArgs, func(ctx context.Context, w *server.Workspace, _ []string) error {
			links, err := w.Identity.Links(ctx)
			if err != nil {
				return err
			}
			shown := make([]server.LinkInfo, len(links))
			for i, l := range links {
				shown[i] = server.LinkInfo(l)
			}
			return c.show(shown, func() error {
				return c.table(func(row func(...any)) {
					row("ID", "NAME", "IS ALSO", "SINCE", "WHY")
					for _, l := range shown {
						row(l.ID, l.Value, l.Other, minute(l.At), l.Why)
					}
				})
			})
		}),
		c.onWorkspace("add NAME OTHER", "Say that two names are one person, in the past too", cobra.ExactArgs(2), func(ctx context.Context, w *server.Workspace, given []string) error {
			link, err := w.Identity.AddLink(ctx, warehouse.Link{Value: given[0], Other: given[1], At: c.now().UTC(), Why: "manual"})
			if err != nil {
				return err
			}
			return c.show(server.LinkInfo(link), func() error {
				c.say("%s and %s are one person. Take it back with: liftmark link withdraw %s", link.Value, link.Other, link.ID)
				return nil
			})
		}),
		c.onWorkspace("withdraw ID", "Take a link back, in the past too", cobra.ExactArgs(1), func(ctx context.Context, w *server.Workspace, given []string) error {
			if err := w.Identity.WithdrawLink(ctx, given[0]); err != nil {
				return err
			}
			return c.done("The link %s is taken back.", given[0])
		}))
}

// number reads a positional argument that counts something.
func number(what, text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return 0, usageError{fault.New(fault.Invalid, "%q is not the number of a %s", text, what)}
	}
	return n, nil
}
