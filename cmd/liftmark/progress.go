package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// plainEvery is how often a long step reports itself where no terminal shows a bar.
const plainEvery = 10 * time.Second

// progress shows how far a long command has come: a bar with rate and time left
// on a terminal, plain lines otherwise. It prints to standard error, so that
// standard output stays what scripts read.
type progress struct {
	out      io.Writer
	terminal bool
	now      func() time.Time

	step    string
	bar     *progressbar.ProgressBar
	started time.Time
	printed time.Time
}

func (c *cli) progress() *progress {
	f, ok := c.errOut.(*os.File)
	return &progress{out: c.errOut, now: c.now, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

// update says that done of total units of a step are finished; a total of 0 is
// unknown. A new step name ends the one before.
func (p *progress) update(step string, done, total int64, unit string) {
	if step != p.step {
		p.finish()
		p.begin(step, total, unit)
	}
	if p.terminal {
		if total > 0 {
			p.bar.ChangeMax64(total)
		}
		_ = p.bar.Set64(done)
		return
	}
	if now := p.now(); done > 0 && now.Sub(p.printed) >= plainEvery {
		p.printed = now
		fmt.Fprintln(p.out, plainLine(step, done, total, unit, now.Sub(p.started)))
	}
}

func (p *progress) begin(step string, total int64, unit string) {
	p.step, p.started, p.printed = step, p.now(), p.now()
	if !p.terminal {
		fmt.Fprintln(p.out, step+" …")
		return
	}
	if total == 0 {
		total = -1
	}
	p.bar = progressbar.NewOptions64(total,
		progressbar.OptionSetDescription(step), progressbar.OptionSetWriter(p.out),
		progressbar.OptionSetItsString(unit), progressbar.OptionShowIts(), progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetRenderBlankState(true))
}

// finish ends the step that is shown.
func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
	p.step, p.bar = "", nil
}

// plainLine says how far a step is, at what rate, and how long it still takes.
func plainLine(step string, done, total int64, unit string, elapsed time.Duration) string {
	rate := float64(done) / max(elapsed.Seconds(), 1e-3)
	if total <= 0 || rate == 0 {
		return fmt.Sprintf("%s: %d %s, %.0f a second", step, done, unit, rate)
	}
	left := time.Duration(float64(total-done) / rate * float64(time.Second)).Round(time.Second)
	return fmt.Sprintf("%s: %d of %d %s, %.0f a second, %s left", step, done, total, unit, rate, left)
}
