"""Recipes: one YAML file that describes a whole run, compiled once."""

from dataprep.recipe.compiler import BLOCKS as BLOCKS
from dataprep.recipe.compiler import LATER as LATER
from dataprep.recipe.compiler import Compiled as Compiled
from dataprep.recipe.compiler import RecipeError as RecipeError
from dataprep.recipe.compiler import compile as compile
from dataprep.recipe.compiler import name_fault as name_fault
from dataprep.recipe.compiler import read as read
from dataprep.recipe.compiler import step_of as step_of
from dataprep.recipe.run import DATA as DATA
from dataprep.recipe.run import REGISTRY as REGISTRY
from dataprep.recipe.run import SAVES as SAVES
from dataprep.recipe.run import Recipe as Recipe
from dataprep.recipe.run import Run as Run
