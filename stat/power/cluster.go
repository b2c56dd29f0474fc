package power

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Clusters compares two arms when whole clusters (accounts) were randomised: n
// is the number of treated clusters, effect a difference of means in the unit
// of SD. More people in the same accounts soon stop helping: with an
// intraclass correlation of 0.05 no number of people makes an account worth
// more than 20 independent ones.
type Clusters struct {
	SD    float64 // standard deviation of one person's outcome within an arm: √(p(1-p)) for a share p
	ICC   float64 // intraclass correlation, in [0, 1]
	Size  float64 // mean number of people per cluster, at least 1
	CV    float64 // coefficient of variation of the sizes; 0: all equal
	Ratio float64 // control clusters per treated one; 0: 1
}

// DesignEffect is how many times larger the variance is than if people had been
// randomised one by one: 1 + ((1 + CV²)·Size - 1)·ICC.
//
// Errors: ErrInvalid for an ICC outside [0, 1], a size below 1 or a negative CV;
// ErrNotFinite.
//
// Source: Kish (1965), Survey Sampling; for unequal sizes Eldridge, Ashby and
// Kerry (2006), International Journal of Epidemiology 35:1292-1300.
func (c Clusters) DesignEffect() (float64, error) {
	if err := finite("intraclass correlation", c.ICC, "cluster size", c.Size, "variation of sizes", c.CV); err != nil {
		return 0, err
	}
	if c.ICC < 0 || c.ICC > 1 || c.Size < 1 || c.CV < 0 {
		return 0, fmt.Errorf("intraclass correlation %g, cluster size %g, variation %g: %w", c.ICC, c.Size, c.CV, stat.ErrInvalid)
	}
	return 1 + ((1+c.CV*c.CV)*c.Size-1)*c.ICC, nil
}

// Power is that of a t test on the clusters' degrees of freedom, which for few
// clusters is far below the normal one. With sizes of equal number and normal
// outcomes it is exact.
//
// Errors: those of DesignEffect; ErrInvalid for a standard deviation or ratio
// that is not positive; ErrTooFew without degrees of freedom. Power panics if
// level is outside (0, 1).
//
// Source: Donner and Klar (2000), Design and Analysis of Cluster Randomization
// Trials, ch. 5.
func (c Clusters) Power(n, effect, level float64) (float64, error) {
	stat.CheckLevel(level)
	inflation, err := c.DesignEffect()
	if err != nil {
		return 0, err
	}
	return Means{SD: c.SD * math.Sqrt(inflation/c.Size), Ratio: c.Ratio}.Power(n, effect, level)
}

func (c Clusters) span() (least, greatest float64) { return Means{SD: c.SD, Ratio: c.Ratio}.span() }
