// Command liftmark tells a company what its customer training is worth, and how
// sure it can be. Each subcommand has a file here with its flags and wiring;
// what it does is in the internal packages.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/liftmark/liftmark/internal/fault"
)

// Exit codes are part of the command line's contract.
const (
	exitGood          = 0
	exitInternal      = 1
	exitUsage         = 2
	exitBadInput      = 3
	exitNotEnoughData = 4
)

func main() {
	keepPrivate()
	os.Exit(execute(untilSignal(), os.Args[1:], os.Stdout, os.Stderr))
}

// untilSignal gives a context that ends with the first signal to end. A second
// one ends the process at once: it does so before anybody sees the context's end.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	first := make(chan os.Signal, 1)
	signal.Notify(first, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-first
		signal.Stop(first)
		cancel()
	}()
	return ctx
}

// execute runs one command line and gives its exit code.
func execute(ctx context.Context, args []string, out, errOut io.Writer) int {
	cli := &cli{out: out, errOut: errOut, now: time.Now}
	root := cli.command()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitGood
	}
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(errOut, "liftmark: interrupted; nothing half done was kept")
		return exitInternal
	}
	fmt.Fprintf(errOut, "liftmark: %v\n", err)
	return exitCode(err)
}

// exitCode maps an error to the code that scripts can rely on.
func exitCode(err error) int {
	var usage usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	switch fault.KindOf(err) {
	case fault.InsufficientData:
		return exitNotEnoughData
	case fault.Internal, fault.Unavailable:
		return exitInternal
	default:
		return exitBadInput
	}
}

// usageError marks a wrong command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// cli is what the subcommands share: where to print, the clock and the flags
// that every one of them takes.
type cli struct {
	out, errOut io.Writer
	now         func() time.Time

	data      string
	workspace string
	asJSON    bool
}

func (c *cli) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "liftmark",
		Short:         "What your customer training is worth, and how sure you can be",
		Long:          "Liftmark takes in learning, usage, tickets, surveys, revenue and costs,\nfinds what training caused, grades the evidence and prices it.\n\nStart with:  liftmark demo",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q; see 'liftmark --help'", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see '%s --help'", err, cmd.CommandPath())}
	})
	root.AddCommand(c.versionCommand(), c.configCommand(), c.backupCommand(), c.restoreCommand(),
		c.demoCommand(), c.importCommand(), c.kpiCommand(), c.studyCommand(), c.reportCommand(), c.methodCommand(),
		c.serveCommand(), c.workspaceCommand(), c.credentialCommand(), c.factsCommand(), c.verbCommand(), c.eventCommand(), c.linkCommand(),
		c.forwardCommand(), c.retentionCommand(), c.actorCommand(), c.activityCommand(), c.exportCommand())
	return root
}

// args wraps cobra's checks of positional arguments, so that they count as usage errors.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{fmt.Errorf("%w; see '%s --help'", err, cmd.CommandPath())}
		}
		return nil
	}
}
