"""Training loops as people write them, which the tests of the recorder record."""

import torch
from torch import nn

mse = nn.functional.mse_loss


def network(seed=0):
    """A small network with batch statistics, dropout and blocks."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Tanh(), nn.Dropout(0.2), nn.Linear(8, 1))


def examples(count=16):
    x = torch.randn(count, 3, generator=torch.Generator().manual_seed(1))
    return x, x[:, :1] * 0.3 - x[:, 1:2]


def train(model, optimizer, steps, run=None, scheduler=None, seed=0, after=None):
    """The loop; gives the parameters before each step and after the last ``[n+1, P]``, and the losses."""
    x, y = examples()
    rows, losses = [flat(model)], []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for _ in range(steps):
            optimizer.zero_grad()
            loss = mse(model(x), y)
            loss.backward()
            optimizer.step()
            if scheduler is not None:
                scheduler.step()
            if run is not None:
                run.log(loss=loss)
            rows.append(flat(model))
            losses.append(loss.item())
            if after is not None:
                after(len(losses))
    return torch.stack(rows).numpy(), losses


def flat(model):
    return nn.utils.parameters_to_vector([param.float() for param in model.parameters()]).detach().clone()
