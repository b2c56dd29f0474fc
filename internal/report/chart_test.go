package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/study"

	"github.com/liftmark/liftmark/internal/picture"
)

func charts(i Impact) []*chart {
	var out []*chart
	for _, s := range newPage(i).Sections {
		parts := append([]section{s}, s.Parts...)
		for _, part := range parts {
			for _, b := range part.Blocks {
				if c, ok := b.(*chart); ok {
					out = append(out, c)
				}
			}
		}
	}
	return out
}

// TestChartsAreWellFormedAndInsideTheirFrame parses every picture of every case.
func TestChartsAreWellFormedAndInsideTheirFrame(t *testing.T) {
	for name, i := range cases() {
		for _, c := range charts(i) {
			for width, svg := range map[float64]string{wideWidth: string(c.Wide), narrowWidth: string(c.Narrow)} {
				if err := inside(svg, width); err != nil {
					t.Errorf("%s, %s at %v: %v", name, c.ID, width, err)
				}
			}
			if c.Title == "" || c.Subtitle == "" || c.Desc == "" || len(c.Table.Rows) == 0 {
				t.Errorf("%s, %s: title %q, subtitle %q, description %q, %d rows", name, c.ID, c.Title, c.Subtitle, c.Desc, len(c.Table.Rows))
			}
			for n, row := range c.Table.Rows {
				if len(row) != len(c.Table.Columns) {
					t.Errorf("%s, %s: row %d has %d cells for %d columns", name, c.ID, n, len(row), len(c.Table.Columns))
				}
			}
		}
	}
}

// inside reads an SVG and checks that every coordinate lies in its frame, with
// eight pixels of air for marks and labels.
func inside(svg string, width float64) error {
	d := xml.NewDecoder(strings.NewReader(svg))
	height := 0.0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if e.Name.Local == "svg" {
			height = attribute(e, "height")
		}
		for _, a := range []string{"x", "x1", "x2", "cx"} {
			if x := attribute(e, a); x < -8 || x > width+8 {
				return fmt.Errorf("%s has %s = %v of %v", e.Name.Local, a, x, width)
			}
		}
		for _, a := range []string{"y", "y1", "y2", "cy"} {
			if y := attribute(e, a); y < -8 || y > height+8 {
				return fmt.Errorf("%s has %s = %v of %v", e.Name.Local, a, y, height)
			}
		}
	}
}

func attribute(e xml.StartElement, name string) float64 {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			x, err := strconv.ParseFloat(a.Value, 64)
			if err != nil {
				return math.Inf(1)
			}
			return x
		}
	}
	return 0
}

// TestSurvivalStepsHoldEachLevel derives the path by hand: x is 10 px a month,
// y one px per per cent from 100 at the top.
func TestSurvivalStepsHoldEachLevel(t *testing.T) {
	points := []study.CurvePoint{{Period: 0, Survival: 1, Low: 1, High: 1}, {Period: 1, Survival: 0.9, Low: 0.8, High: 0.95}, {Period: 3, Survival: 0.5, Low: 0.4, High: 0.6}}
	x, y := picture.Axis{From: 0, To: 10, A: 0, B: 100}, picture.Axis{From: 0, To: 100, A: 100, B: 0}
	if got, want := stepPath(x, y, points), "M0 0H10V10H30V50"; got != want {
		t.Errorf("steps %s, want %s", got, want)
	}
	if got, want := bandPath(x, y, points), "M0 0H10V5H30V40V60H30V20H10V0H0Z"; got != want {
		t.Errorf("band %s, want %s", got, want)
	}
}

func TestReferenceMonthIsDrawnOnceAndNamed(t *testing.T) {
	for _, c := range charts(full()) {
		if !strings.HasSuffix(c.ID, "-months") {
			continue
		}
		for _, svg := range []string{string(c.Wide), string(c.Narrow)} {
			if strings.Count(svg, "mark reference") != 1 || !strings.Contains(svg, "reference: month before training") || !strings.Contains(svg, "training starts") {
				t.Errorf("%s: the reference or the start is not named", c.ID)
			}
			if before, after := strings.Count(svg, `"mark before"`), strings.Count(svg, `"mark after"`); before != 7 || after != 13 {
				t.Errorf("%s: %d points before, %d after; the fixture has 7 and 13", c.ID, before, after)
			}
		}
		return
	}
	t.Error("there is no event-study picture")
}

func TestWaterfallStartsAtZeroAndNetIsWhole(t *testing.T) {
	rows := []amount{{name: "a", value: 100}, {name: "b", value: -30}, {name: "net", value: 70, total: true}}
	c := &picture.Canvas{ID: "w", W: wideWidth}
	waterfallLayout("EUR", rows, 60, 80)(c)
	x := picture.NewAxis(12, wideWidth-12, 6, 0, 100, 70, 70, 60, 80)
	var bars [][2]float64
	for _, m := range regexp.MustCompile(`class="bar [a-z]+" x="([0-9.]+)" y="[0-9.]+" width="([0-9.]+)"`).FindAllStringSubmatch(c.Body(), -1) {
		from, _ := strconv.ParseFloat(m[1], 64)
		width, _ := strconv.ParseFloat(m[2], 64)
		bars = append(bars, [2]float64{from, from + width})
	}
	want := [][2]float64{{x.At(0), x.At(100)}, {x.At(70), x.At(100)}, {x.At(0), x.At(70)}}
	if len(bars) != len(want) {
		t.Fatalf("%d bars", len(bars))
	}
	for n := range want {
		if math.Abs(bars[n][0]-want[n][0]) > 0.11 || math.Abs(bars[n][1]-want[n][1]) > 0.21 {
			t.Errorf("bar %d from %v to %v, want %v", n, bars[n][0], bars[n][1], want[n])
		}
	}
}
