# Writes tests.json: classical tests of means and ranks by R 4.2 (stats), on R's
# own data sets and small simulated samples. wilcox.test stops its root search
# at 1e-4 by default: tol.root asks for the rest, and where the estimate of
# shift is not unique (an even number of pairs), it is taken as the median of
# all pairs. Fieller's set and the noncentral t interval are solved here.
# Run inside this folder: Rscript tests.R
suppressMessages(library(jsonlite))
set.seed(7)
root <- function(f, lo, hi) uniroot(f, c(lo, hi), tol = 1e-14, maxiter = 10000)$root
tt <- function(w) list(t = unname(w$statistic), df = unname(w$parameter), p = w$p.value, ci = w$conf.int[1:2], se = w$stderr)
mw <- function(a, b, level = .95) { w <- suppressWarnings(wilcox.test(a, b, conf.int = TRUE, conf.level = level, tol.root = 1e-13)); list(a = a, b = b, level = level, w = unname(w$statistic), p = w$p.value, shift = median(outer(a, b, "-")), r_shift = unname(w$estimate), ci = round(w$conf.int[1:2], 12)) }
sr <- function(a, b, level = .95) { w <- suppressWarnings(wilcox.test(b, a, paired = TRUE, conf.int = TRUE, conf.level = level, tol.root = 1e-13)); d <- (b - a)[b != a]; o <- outer(d, d, "+")/2; list(before = a, after = b, level = level, v = unname(w$statistic), p = w$p.value, shift = median(o[lower.tri(o, TRUE)]), r_shift = unname(w$estimate), ci = round(w$conf.int[1:2], 12), zeros = sum(a == b)) }
k <- function(g) { w <- kruskal.test(g); a <- oneway.test(values ~ ind, stack(g), var.equal = TRUE); b <- oneway.test(values ~ ind, stack(g)); f <- function(x) list(f = unname(x$statistic), df1 = unname(x$parameter[1]), df2 = unname(x$parameter[2]), p = x$p.value); list(groups = unname(g), chisq = unname(w$statistic), df = unname(w$parameter), p = w$p.value, anova = f(a), welch = f(b)) }
fieller <- function(a, b, level = .95) { va <- var(a)/length(a); vb <- var(b)/length(b); r <- mean(a)/mean(b); df <- (va + r^2*vb)^2/(va^2/(length(a) - 1) + (r^2*vb)^2/(length(b) - 1)); q <- qt((1 + level)/2, df)
  g <- function(x) abs(mean(a) - x*mean(b))/sqrt(va + x^2*vb) - q; list(a = a, b = b, level = level, ratio = r, df = df, low = root(g, r - 20*abs(r), r), high = root(g, r, r + 200*abs(r))) }
sumratio <- function(num, den, level = .95) { n <- length(num); r <- sum(num)/sum(den); q <- qt((1 + level)/2, n - 1); g <- function(x) abs(mean(num - x*den))/(sd(num - x*den)/sqrt(n)) - q; list(num = num, den = den, level = level, low = root(g, r - 10*r, r), high = root(g, r, 10*r)) }
ncp <- function(t, df, scale, level) { f <- function(p) root(function(d) pt(t, df, d) - p, t - 15, t + 15)/scale; c(f((1 + level)/2), f((1 - level)/2)) }
cohen <- function(a, b, level = .95) { n <- length(a); m <- length(b); s <- sqrt(((n - 1)*var(a) + (m - 1)*var(b))/(n + m - 2)); d <- (mean(a) - mean(b))/s; h <- sqrt(n*m/(n + m)); df <- n + m - 2; list(a = a, b = b, level = level, d = d, g = d*exp(lgamma(df/2) - lgamma((df - 1)/2))/sqrt(df/2), ci = suppressWarnings(ncp(d*h, df, h, level))) }
x <- sleep$extra[1:10]; y <- sleep$extra[11:20]; oz <- split(airquality$Ozone, airquality$Month); oz <- lapply(oz, function(v) v[!is.na(v)])
before <- c(1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30); after <- c(0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29)
r3 <- function(v) round(v, 3)
writeLines(toJSON(list(
  paired = c(list(before = x, after = y), tt(t.test(y, x, paired = TRUE))), one = c(list(x = precip[1:20] |> unname(), null = 30), tt(t.test(precip[1:20], mu = 30))),
  welch = c(list(a = oz[["8"]], b = oz[["5"]], level = .9), tt(t.test(oz[["8"]], oz[["5"]], conf.level = .9))),
  mw = list(mw(c(0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46), c(1.15, 0.88, 0.90, 0.74, 1.21)), mw(oz[["5"]], oz[["8"]]), mw(r3(rexp(60)), r3(rexp(70, .6)), .9), mw(rnorm(40), rnorm(30, .5)), mw(c(1, 1, 2, 3, 3, 3, 4, 5), c(2, 3, 3, 4, 4, 5, 5, 5, 5)), mw(rpois(80, 3), rpois(55, 4), .99)),
  sr = list(sr(before, after), sr(x, y), sr(r3(rnorm(60, 5, 2)), r3(rnorm(60, 5.6, 2))), sr(rpois(45, 4), rpois(45, 5)), sr(rnorm(30), rnorm(30, .3), .9)),
  groups = list(k(unname(oz) |> setNames(5:9)), k(split(chickwts$weight, chickwts$feed)), k(split(InsectSprays$count, InsectSprays$spray)), k(split(PlantGrowth$weight, PlantGrowth$group))),
  fieller = list(fieller(oz[["5"]], oz[["8"]]), fieller(PlantGrowth$weight[11:20], PlantGrowth$weight[1:10], .9), fieller(x + 2, y)), sumratio = list(sumratio(c(2, 0, 3, 1, 4, 6), c(12, 6, 12, 9, 12, 20)), sumratio(cars$dist, cars$speed, .99)),
  cohen = list(cohen(y, x), cohen(oz[["8"]], oz[["5"]], .9), cohen(rnorm(200, 3), rnorm(150))), cohen_dz = { d <- y - x; t <- mean(d)/sd(d)*sqrt(10); list(d = mean(d)/sd(d), ci = ncp(t, 9, sqrt(10), .95)) }),
  digits = I(16), auto_unbox = TRUE), "tests.json")
