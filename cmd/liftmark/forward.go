package main

import (
	"context"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/server"
)

func (c *cli) forwardCommand() *cobra.Command {
	return group("forward", "Pass statements on to other record stores", c.forwardAddCommand(), c.forwardListCommand(),
		c.onWorkspace("remove NAME", "End a forwarding and discard its dead letters", cobra.ExactArgs(1), func(ctx context.Context, w *server.Workspace, given []string) error {
			if err := w.Forwardings.RemoveForwarding(ctx, given[0]); err != nil {
				return err
			}
			return c.done("The forwarding %s is gone.", given[0])
		}), c.deadCommand(), c.skipCommand(),
		c.lettersCommand("replay", "Send dead letters again: those named, or all", "sent again", func(w *server.Workspace) letters { return w.Forwardings.Replay }),
		c.lettersCommand("discard", "Give dead letters up: those named, or all", "given up", func(w *server.Workspace) letters { return w.Forwardings.Discard }))
}

func (c *cli) forwardAddCommand() *cobra.Command {
	var f server.Forwarding
	var secretFile string
	cmd := c.onWorkspace("add NAME ENDPOINT", "Pass statements on to another record store", cobra.ExactArgs(2), func(ctx context.Context, w *server.Workspace, given []string) error {
		f.Name, f.Endpoint = given[0], given[1]
		if secretFile != "" {
			text, err := os.ReadFile(secretFile)
			if err != nil {
				return fault.New(fault.NotFound, "read the secret: %w", err)
			}
			f.Secret = strings.TrimRight(string(text), "\r\n")
		}
		if err := w.Forwardings.AddForwarding(ctx, f); err != nil {
			return err
		}
		return c.done("Statements go to %s as %s.", f.Endpoint, f.Name)
	})
	cmd.Flags().StringVar(&f.Key, "key", "", "user name at that store")
	cmd.Flags().StringVar(&secretFile, "secret-file", "", "file that holds the password there")
	cmd.Flags().StringVar(&f.Version, "version", "", "xAPI version that it speaks, 1.0.3 or 2.0.0 (default: that of each statement)")
	cmd.Flags().StringArrayVar(&f.Verbs, "verb", nil, "only statements with this verb; repeat for more")
	cmd.Flags().StringArrayVar(&f.Activities, "activity", nil, "only statements about activities whose IRI begins so; repeat for more")
	cmd.Flags().BoolVar(&f.KeepAuthority, "keep-authority", false, "send the authority on")
	cmd.Flags().BoolVar(&f.PlainHTTP, "plain-http", false, "allow an endpoint without TLS")
	cmd.Flags().StringVar(&f.From, "from", "now", "now, or beginning: everything that is stored")
	return cmd
}

func (c *cli) forwardListCommand() *cobra.Command {
	return c.onWorkspace("list", "List the forwardings, and how far they are", cobra.NoArgs, func(ctx context.Context, w *server.Workspace, _ []string) error {
		list, err := w.Forwardings.Forwardings(ctx)
		if err != nil {
			return err
		}
		return c.show(list, func() error {
			return c.table(func(row func(...any)) {
				row("NAME", "ENDPOINT", "BEHIND", "DEAD LETTERS", "LAST SENT", "ERROR")
				for _, f := range list {
					row(f.Name, f.Endpoint, big(f.Lag), f.DeadLetters, minute(f.LastSent), f.LastError)
				}
			})
		})
	})
}

func (c *cli) deadCommand() *cobra.Command {
	return c.onWorkspace("dead NAME", "List what another record store refused for good", cobra.ExactArgs(1), func(ctx context.Context, w *server.Workspace, given []string) error {
		list, err := w.Forwardings.DeadLetters(ctx, given[0], 0, 1000)
		if err != nil {
			return err
		}
		shown := make([]server.LetterInfo, len(list))
		for i, l := range list {
			shown[i] = server.LetterInfo{ID: l.ID, Statement: l.Statement, Reason: l.Reason, Attempts: l.Attempts, At: l.At}
		}
		return c.show(shown, func() error {
			return c.table(func(row func(...any)) {
				row("ID", "STATEMENT", "AT", "TRIES", "REASON")
				for _, l := range shown {
					row(l.ID, l.Statement, minute(l.At), l.Attempts, l.Reason)
				}
			})
		})
	})
}

func (c *cli) skipCommand() *cobra.Command {
	cmd := c.onWorkspace("skip NAME", "Pass over the statement that holds up a forwarding", cobra.ExactArgs(1), func(ctx context.Context, w *server.Workspace, given []string) error {
		skipped, err := w.Forwardings.Skip(ctx, given[0])
		if err != nil {
			return err
		}
		return c.show(skipped, func() error {
			c.say("The statement %s is a dead letter now: %s. Send it again with: liftmark forward replay %s", skipped.Statement, skipped.Reason, given[0])
			return nil
		})
	})
	cmd.Long = "What waits is tried, one statement at a time. The first that the other store does not take becomes a dead letter,\nwhatever the reason, and forwarding goes on behind it. Look at the reason in the list first: while the other store\ncannot be reached at all, nothing is wrong with the statement."
	return cmd
}

// letters does something with dead letters of a forwarding; none stands for all.
type letters func(ctx context.Context, name string, ids []int64) (int, error)

func (c *cli) lettersCommand(verb, short, past string, of func(*server.Workspace) letters) *cobra.Command {
	return c.onWorkspace(verb+" NAME [ID…]", short, cobra.MinimumNArgs(1), func(ctx context.Context, w *server.Workspace, given []string) error {
		ids := make([]int64, len(given)-1)
		for i, text := range given[1:] {
			var err error
			if ids[i], err = number("dead letter", text); err != nil {
				return err
			}
		}
		n, err := of(w)(ctx, given[0], ids)
		if err != nil {
			return err
		}
		return c.show(map[string]int{"letters": n}, func() error { c.say("%d dead letters were %s.", n, past); return nil })
	})
}
