# Writes match.json: matches and effects from R, for a simulated sample, which
# the file holds too, and for Lalonde's as MatchIt ships it, of which it holds
# results only.
#
# MatchIt 4.5.1 gets distances handed over as a matrix, rows in the order in
# which treated units choose. Left to compute them from a score, that version
# truncates distances to whole numbers on some systems (its issue 163, mended
# later): on Lalonde's data it then matches across 1.0 under a caliper of
# 0.36. `beyond` records what it does here. Everything else is base R by brute
# force.
# Run inside this folder: Rscript match.R   (R 4.2, MatchIt, sandwich, jsonlite)
suppressMessages({library(MatchIt); library(sandwich); library(jsonlite)})
expit <- function(z) 1 / (1 + exp(-z))
# pairs from MatchIt with a distance matrix: a list, for each treated row, of control rows
by_matrix <- function(D, t, first = NULL, ratio = 1, replace = FALSE, caliper = NULL, exact = NULL) {
  it <- which(t == 1); ic <- which(t == 0); o <- if (is.null(first)) it else it[order(first[it], decreasing = TRUE)]; rows <- c(o, ic)
  d <- data.frame(t = t[rows], x = seq_along(rows), ex = if (is.null(exact)) 1 else exact[rows]); rownames(d) <- rows
  a <- list(t ~ x, d, method = "nearest", distance = D[rows, rows], m.order = "data", ratio = ratio, replace = replace, min.controls = NULL)
  a <- a[!sapply(a, is.null)]; if (!is.null(caliper)) { a$caliper <- caliper; a$std.caliper <- FALSE }; if (!is.null(exact)) a$exact <- ~ ex
  m <- suppressWarnings(do.call(matchit, a)); mm <- m$match.matrix
  lapply(it, function(i) { v <- mm[as.character(i), ]; as.integer(v[!is.na(v)]) })
}
effect <- function(Y, t, sets, X = NULL) {
  it <- which(t == 1); k <- lengths(sets) > 0; w <- numeric(length(t)); id <- rep(NA, length(t))
  for (s in which(k)) { w[it[s]] <- 1; id[it[s]] <- s; w[sets[[s]]] <- w[sets[[s]]] + 1 / length(sets[[s]]); id[sets[[s]]] <- s }
  u <- w > 0; d <- data.frame(Y = Y, t = t, id = id, w = w)[u, ]; h <- if (is.null(X)) lm(Y ~ t, d, weights = w) else lm(Y ~ t + X[u, ], d, weights = w)
  r <- list(est = unname(coef(h)["t"]), sets = sum(k), controls = sum(u & t == 0), hc1 = sqrt(vcovHC(h, "HC1")["t", "t"]))
  if (!any(duplicated(unlist(sets)))) r$se <- sqrt(vcovCL(h, cluster = d$id)["t", "t"])
  r
}
closest <- function(D, t, caliper = Inf) { it <- which(t == 1); ic <- which(t == 0); M <- D[it, ic]; out <- rep(list(integer(0)), length(it))
  repeat { k <- which(M == min(M), arr.ind = TRUE)[1, ]; if (!(M[k[1], k[2]] <= caliper)) break; out[[k[1]]] <- ic[k[2]]; M[k[1], ] <- Inf; M[, k[2]] <- Inf; if (all(is.infinite(M))) break }
  out }
all_near <- function(D2, t, m, tol) { it <- which(t == 1); ic <- which(t == 0); lapply(it, function(i) { d <- D2[i, ic]; ic[d <= sort(d)[m] + tol] }) }
# Abadie and Imbens (2006, 2011), by their formulas
ai <- function(Y, t, sets, D, X = NULL, J = 0) {
  it <- which(t == 1); ic <- which(t == 0); K <- K2 <- numeric(length(t)); mu <- rep(0, length(t))
  for (s in sets) { K[s] <- K[s] + 1 / length(s); K2[s] <- K2[s] + 1 / length(s)^2 }
  if (!is.null(X)) { u <- t == 0 & K > 0; b <- coef(lm(Y[u] ~ X[u, ], weights = K[u])); mu <- as.numeric(cbind(1, X) %*% b) }
  pr <- lapply(seq_along(sets), function(s) Y[it[s]] - (Y[sets[[s]]] + mu[it[s]] - mu[sets[[s]]])); tau <- sapply(pr, mean); est <- mean(tau); n <- length(tau)
  s2 <- if (J == 0) rep(.5 * mean(sapply(pr, function(p) mean((p - est)^2))), length(t)) else sapply(seq_along(t), function(i) if (t[i] == 1) 0 else { o <- setdiff(ic, i); near <- o[order(D[i, o], o)][1:J]; J / (J + 1) * (Y[i] - mean(Y[near]))^2 })
  list(est = est, se = sqrt(sum((tau - est)^2) + sum((s2 * (K^2 - K2))[ic])) / n)
}
study <- function(Y, t, X, ex, lim) {
  g <- glm.fit(cbind(1, X), t, family = binomial(), control = list(epsilon = 1e-15)); e <- unname(g$fitted.values); lp <- qlogis(e); n <- length(t)
  D <- abs(outer(e, e, "-")); L <- abs(outer(lp, lp, "-")); D[D < 1e-12] <- 0; L[L < 1e-12] <- 0
  S <- (cov(X[t == 1, ]) * (sum(t) - 1) + cov(X[t == 0, ]) * (sum(1 - t) - 1)) / (n - 2); Mh <- t(apply(X, 1, function(x) mahalanobis(X, x, S))); Mh[Mh < 1e-12] <- 0
  dim <- list(1:n, 1:n); dimnames(D) <- dim; dimnames(L) <- dim; sM <- sqrt(Mh); dimnames(sM) <- dim
  one <- by_matrix(D, t, e); rep1 <- by_matrix(D, t, e, replace = TRUE); ties <- all_near((D / sd(e))^2, t, 1, 1e-5); two <- all_near((D / sd(e))^2, t, 2, 1e-12)
  r <- list(score = e, logit = lp,
    largest = effect(Y, t, one), regression = effect(Y, t, one, X), caliper = effect(Y, t, by_matrix(L, t, lp, caliper = .2 * sd(lp))),
    pooled_caliper = effect(Y, t, by_matrix(L, t, lp, caliper = .2 * sqrt((var(lp[t == 1]) + var(lp[t == 0])) / 2))),
    smallest = effect(Y, t, by_matrix(D, t, -e)), data = effect(Y, t, by_matrix(D, t)), replace = effect(Y, t, rep1), closest = effect(Y, t, closest(L, t, lim)),
    exact = effect(Y, t, by_matrix(D, t, e, caliper = .1, exact = ex)), mahalanobis = effect(Y, t, by_matrix(sM, t)), mahalanobis_replace = effect(Y, t, by_matrix(sM, t, replace = TRUE)),
    ties = ai(Y, t, ties, D), within = ai(Y, t, ties, D, J = 2), adjusted = ai(Y, t, two, D, X), two = ai(Y, t, two, D))
  if (sum(1 - t) >= 2 * sum(t)) r$ratio <- effect(Y, t, by_matrix(D, t, e, ratio = 2))
  q <- quantile(e[t == 1], 0:5 / 5); cl <- findInterval(e, q, all.inside = TRUE); n1 <- tapply(t, cl, sum); n0 <- tapply(1 - t, cl, sum)
  m1 <- tapply(Y[t == 1], cl[t == 1], mean); m0 <- tapply(Y[t == 0], cl[t == 0], mean); v1 <- tapply(Y[t == 1], cl[t == 1], var); v0 <- tapply(Y[t == 0], cl[t == 0], var); s <- n1 / sum(n1)
  r$subclass <- list(est = sum(s * (m1 - m0)), se = sqrt(sum(s^2 * (v1 / n1 + v0 / n0))))
  r
}
set.seed(20261122)
n <- 200; x1 <- round(rnorm(n), 3); x2 <- rbinom(n, 1, .4); x3 <- round(rexp(n), 3); t <- rbinom(n, 1, expit(-1.1 + .6 * x1 + .5 * x2 - .3 * x3)); y <- round(10 + 2 * t + 1.5 * x1 + x2 * x3 + rnorm(n), 3)
sim <- c(list(y = y, treated = t, x1 = x1, x2 = x2, x3 = x3), study(y, t, cbind(x1, x2, x3), x2, .1))
data(lalonde, package = "MatchIt"); l <- lalonde; XL <- with(l, cbind(age, educ, race == "hispan", race == "white", married, nodegree, re74, re75))
lal <- study(l$re78, l$treat, XL, l$married, .2); lal$score <- lal$logit <- NULL
m <- matchit(treat ~ age + educ + race + married + nodegree + re74 + re75, l, method = "nearest", link = "linear.logit", caliper = .2); k <- !is.na(m$match.matrix[, 1])
beyond <- list(caliper = unname(m$caliper), largest = max(abs(m$distance[rownames(m$match.matrix)[k]] - m$distance[m$match.matrix[k, 1]])))
writeLines(toJSON(list(simulated = sim, lalonde = lal, beyond = beyond), digits = I(16), auto_unbox = TRUE), "match.json")
